import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDurationMs } from '@signalbox/contracts';
import type { TestWorld } from '../../tests/support/release-world.js';
import { promote } from '../../tools/release/index.js';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { spread } from '../median.js';
import { Processes } from './processes.js';
import { Traffic } from './traffic.js';
import { MODEL, POD_POLL, prepareWorld, RECONCILE_POLL } from './world.js';

const ROUNDS = Number(process.env.SIGNALBOX_BENCH_ROUNDS ?? 20);
/** One pass, one verification, one swap. */
const SLACK_MS = 1000;
/** A version counts as gone when no pod answered by it for this long. */
const QUIET_MS = 1000;
const WAIT_MS = 30_000;

/**
 * From the revert on main to the last answer by the reverted version on any pod, with the reconciler and two pods running as
 * processes and traffic on both pods, against the time that the design allows. The worst round counts.
 */
export const rollbackBenchmark: Benchmark = {
  name: 'rollback',
  summary: 'Time from a revert on main to the last answer of the reverted version, against the allowed time',
  async run(context) {
    const world = await prepareWorld();
    const processes = new Processes(world.folder);
    try {
      await promoteVersion(world, 1);
      processes.reconciler();
      const addresses = await Promise.all([processes.pod('pod-1'), processes.pod('pod-2')]);
      const traffic = new Traffic(addresses);
      traffic.start();
      try {
        return [await measure(context, world, traffic)];
      } finally {
        await traffic.stop();
      }
    } finally {
      await processes.stop();
      await world.remove();
    }
  },
};

async function measure(
  { progress, signal }: BenchmarkContext,
  world: TestWorld,
  traffic: Traffic,
): Promise<Comparison> {
  const allowedMs = parseDurationMs(RECONCILE_POLL) + parseDurationMs(POD_POLL) + SLACK_MS;
  const rounds: number[] = [];
  while (rounds.length < ROUNDS && !signal.aborted) {
    await promoteVersion(world, 2);
    await settled(traffic, { by: 2, not: 1 });
    const revertedAtMs = await pushRevert(world);
    await settled(traffic, { by: 1, not: 2 });
    rounds.push(Math.max(0, traffic.lastAnswerBy(2) - revertedAtMs));
    progress(`rollback: round ${rounds.length}: ${Math.round(rounds.at(-1)!)} ms of ${allowedMs} ms`);
  }
  const within = rounds.filter((ms) => ms <= allowedMs).length;
  const { answers, failed } = traffic;
  progress(`rollback: ${within} of ${rounds.length} within ${allowedMs} ms; median ${spread(rounds)} ms`);
  progress(`rollback: ${answers} requests answered meanwhile, ${failed} failed or degraded`);
  if (failed > 0) throw new Error(`${failed} requests failed or were degraded: a rollback loses none`);
  const worst = Math.max(...rounds);
  return {
    name: 'rollback',
    opponent: 'allowed time',
    ratio: allowedMs / worst,
    goal: 1,
    ours: worst / 1000,
    theirs: allowedMs / 1000,
    unit: 's',
  };
}

async function promoteVersion(world: TestWorld, version: number): Promise<void> {
  await promote({
    repo: world.folder,
    model: MODEL,
    environment: 'prod',
    version,
    strategy: 'direct',
    merge: true,
    rePromote: false,
    wallNow: Date.now,
  });
}

/** An ordinary `git revert` of the merge, pushed. Answers when the branch moved in the bare repository. */
async function pushRevert({ folder, forge, git }: TestWorld): Promise<number> {
  await git.run(['pull', '--quiet', 'origin', 'main']);
  await git.run(['revert', '--no-edit', '--mainline', '1', 'HEAD']);
  await git.run(['push', '--quiet', 'origin', 'HEAD:main']);
  const reference = await stat(join(forge, 'refs', 'heads', 'main'));
  if (reference.mtimeMs > Date.now()) throw new Error(`the clock of ${folder} is ahead of ours`);
  return reference.mtimeMs;
}

/** Waits until every pod answers by one version and none has by the other for a while. */
async function settled(traffic: Traffic, { by, not }: { readonly by: number; readonly not: number }): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!traffic.isAnsweredOnlyBy(by, not, Date.now() - QUIET_MS)) {
    if (Date.now() > deadline) throw new Error(`version ${by} does not answer alone after ${WAIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
