import { performance } from 'node:perf_hooks';
import { runProgram } from '../../tools/forge/starter/program.js';
import { Starter } from '../../tools/forge/starter/starter.js';
import type { Benchmark, Comparison } from '../benchmark.js';
import { median, spread } from '../median.js';

const ROUNDS = 5;
const PROGRAMS = 40;
/** About what a reconciler of 1,000 models in 3 environments holds. */
const HELD_MB = 300;
const GOAL = 2;

const GIT = { file: 'git', args: ['version'], env: process.env, input: '' };

/** What starting Git takes a process that has grown: by its small starter, against by itself. */
export const gitStartBenchmark: Benchmark = {
  name: 'git-start',
  summary: `One \`git version\` for a process that holds ${HELD_MB} MB, by the starter, against started by that process`,
  async run({ progress, signal }) {
    const held = Array.from({ length: HELD_MB }, () => Buffer.alloc(2 ** 20, 1));
    const starter = new Starter();
    while (starter.pid === undefined) await starter.run(GIT);
    const rounds: { ours: number; theirs: number }[] = [];
    for (let round = 1; round <= ROUNDS && !signal.aborted; round += 1) {
      const ours = await millisecondsOf(() => starter.run(GIT));
      const theirs = await millisecondsOf(() => runProgram(GIT));
      rounds.push({ ours, theirs });
      progress(`git-start: round ${round}, ${ours.toFixed(1)} ms by the starter, ${theirs.toFixed(1)} ms by itself`);
    }
    progress(`git-start: ratio ${spread(rounds.map(({ ours, theirs }) => theirs / ours))}, ${held.length} MB held`);
    return [compared(rounds)];
  },
};

async function millisecondsOf(start: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  for (let at = 0; at < PROGRAMS; at += 1) await start();
  return (performance.now() - from) / PROGRAMS;
}

function compared(rounds: readonly { readonly ours: number; readonly theirs: number }[]): Comparison {
  const [ours, theirs] = [median(rounds.map((one) => one.ours)), median(rounds.map((one) => one.theirs))];
  const ratio = median(rounds.map((one) => one.theirs / one.ours));
  return { name: 'git-start', opponent: 'started by itself', ratio, goal: GOAL, ours, theirs, unit: 'ms' };
}
