import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { git, signalbox } from '../../tests/e2e/command.js';
import { createScratchForge, type ScratchForge } from '../../tests/judges/scratch-forge.js';
import { CHECKOUT } from '../../tests/judges/workflow-files.js';
import { LocalForge } from '../../tools/forge/index.js';
import type { Benchmark, Comparison } from '../benchmark.js';
import { median, spread } from '../median.js';

const ROUNDS = Number(process.env.SIGNALBOX_BENCH_ROUNDS ?? 3);
const [MODEL, BRANCH] = ['flight-delay', 'origin-delays'];
/** What a person who waits for a verdict may wait for Signalbox itself, whatever the trainer takes. */
const ALLOWED_S = 120;

/**
 * From an opened pull request to its verdict, on the worked example with three million flights: the verbs of pull-request.yml and report.yml as processes, each job in
 * a clone of its own, one after the other as their `needs` says. What the trainer takes is the trainer's; the rest is Signalbox's. What GitHub adds (runners that start,
 * `npm ci`, artifacts that travel) is not in it.
 */
export const pullRequestBenchmark: Benchmark = {
  name: 'pull-request',
  summary: 'Time from a pull request to its verdict, and how much of it is Signalbox’s own, against the allowed time',
  async run({ progress, signal }) {
    const own: number[] = [];
    for (let round = 1; round <= ROUNDS && !signal.aborted; round++) {
      const { steps, trainerS } = await oneRound();
      const total = steps.reduce((sum, { seconds }) => sum + seconds, 0);
      own.push(total - trainerS);
      for (const { name, seconds } of steps) progress(`  ${name.padEnd(32)} ${seconds.toFixed(1)} s`);
      progress(
        `round ${round}: ${(total / 60).toFixed(2)} min to the verdict, ${trainerS.toFixed(1)} s of them the trainer's`,
      );
    }
    progress(`Signalbox's own: ${spread(own)} s`);
    const ours = median(own);
    const against = { opponent: 'allowed time of our own', goal: 1, unit: 's' };
    const comparison: Comparison = {
      name: 'pull-request',
      ...against,
      ratio: ALLOWED_S / ours,
      ours,
      theirs: ALLOWED_S,
    };
    return [comparison];
  },
};

interface Step {
  /** `<job>: <verb>` */
  readonly name: string;
  readonly seconds: number;
}

/** A forge of its own, so that nothing is found that an earlier round left. */
async function oneRound(): Promise<{ readonly steps: readonly Step[]; readonly trainerS: number }> {
  const scratch = await createScratchForge();
  try {
    await scratch.pushBranch(BRANCH, scratch.addOriginDelays);
    const author = { name: 'Ada Judge', email: 'ada@example.com' };
    const forge = await LocalForge.open(scratch.forge, Date.now);
    const request = { head: BRANCH, base: 'main', title: 'Know the origin', body: '', author };
    const { number } = await forge.openPullRequest(request);
    const commit = await forge.headOf(BRANCH);
    const [handover, verdict] = [join(scratch.folder, 'handover'), join(scratch.folder, 'verdict')];
    const jobs = new Jobs(scratch);
    await jobs.run('documents', BRANCH, ['validate'], ['plan']);
    const trained = await jobs.run(
      'train',
      BRANCH,
      ['ingest', '--for', MODEL],
      ['train', MODEL, '--handover', handover],
    );
    const { wallSeconds } = JSON.parse(trained) as { readonly wallSeconds: number };
    await jobs.run('plan', 'main', ['plan', '--commit', commit]);
    await jobs.run('judge', 'main', ['judge', MODEL, '--commit', commit, '--handover', handover, '--out', verdict]);
    const about = ['--pull-request', String(number), '--commit', commit];
    await jobs.run('speak', 'main', ['speak', ...about, '--verdict', verdict]);
    return { steps: jobs.steps, trainerS: wallSeconds };
  } finally {
    await scratch.remove();
  }
}

class Jobs {
  readonly steps: Step[] = [];
  readonly #scratch: ScratchForge;

  constructor(scratch: ScratchForge) {
    this.#scratch = scratch;
  }

  /** Runs the verbs of a job in a fresh clone; answers what the last one said. Throws with it when a verb fails. */
  async run(job: string, branch: string, ...verbs: readonly (readonly string[])[]): Promise<string> {
    const { folder, forge } = this.#scratch;
    const clone = join(folder, `job-${job}`);
    await git(folder, 'clone', '--quiet', '--branch', branch, forge, clone);
    await git(clone, 'config', 'user.name', 'Ada Judge');
    await git(clone, 'config', 'user.email', 'ada@example.com');
    // Trainers find their packages there, as after the set-up step of a job.
    await symlink(join(CHECKOUT, 'node_modules'), join(clone, 'node_modules'), 'junction');
    let said = '';
    for (const argv of verbs) {
      const started = performance.now();
      const { code, stderr, stdout } = await signalbox(clone, ...argv, '--json');
      this.steps.push({ name: `${job}: ${argv[0]}`, seconds: (performance.now() - started) / 1000 });
      if (code !== 0) throw new Error(`signalbox ${argv.join(' ')} ended with ${code}\n${stdout}${stderr}`);
      said = stdout;
    }
    return said;
  }
}
