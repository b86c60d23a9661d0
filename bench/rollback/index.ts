import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDurationMs } from '@signalbox/contracts';
import type { TestWorld } from '../../tests/support/release-world.js';
import { emergency, freeze, promote, rollback, thaw } from '../../tools/release/index.js';
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
const ABOUT = { environment: 'prod', merge: true, wallNow: Date.now };

/**
 * From the decision to the last answer by the version that is left, on any pod, with the reconciler and two pods running as processes and traffic on
 * both pods, against the time that the design allows. The worst round counts. Three ways back: a `git revert` on main, the same while the environment is
 * frozen, and an emergency manifest that is signed by hand, which need not wait for the reconciler.
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
        const comparisons: Comparison[] = [];
        for (const way of WAYS) comparisons.push(await measure(context, { world, traffic, way }));
        return comparisons;
      } finally {
        await traffic.stop();
      }
    } finally {
      await processes.stop();
      await world.remove();
    }
  },
};

interface Way {
  /** What the allowed time is of. */
  readonly opponent: string;
  readonly allowedMs: number;
  /** What stands already when somebody decides. */
  readonly before: (world: TestWorld) => Promise<unknown>;
  /** Goes back; answers when that was decided, wall milliseconds. */
  readonly goBack: (world: TestWorld, promotion: string) => Promise<number>;
  readonly after: (world: TestWorld) => Promise<unknown>;
}

const NOTHING = async (): Promise<void> => undefined;
const BY_GIT_MS = parseDurationMs(RECONCILE_POLL) + parseDurationMs(POD_POLL) + SLACK_MS;

const WAYS: readonly Way[] = [
  { opponent: 'allowed time', allowedMs: BY_GIT_MS, before: NOTHING, goBack: pushRevert, after: NOTHING },
  {
    opponent: 'allowed time (environment frozen)',
    allowedMs: BY_GIT_MS,
    before: ({ folder }) =>
      freeze({ ...ABOUT, repo: folder, name: 'bench', until: '1d', reason: 'a benchmark', models: [] }),
    goBack: pushRevert,
    after: ({ folder }) => thaw({ ...ABOUT, repo: folder, name: 'bench' }),
  },
  {
    opponent: 'allowed time (emergency, without Git)',
    allowedMs: parseDurationMs(POD_POLL) + SLACK_MS,
    before: NOTHING,
    goBack: signByHand,
    // Git is brought level, so that the next round can promote again.
    after: ({ folder }) => rollback({ ...ABOUT, repo: folder, model: MODEL, to: 1 }),
  },
];

async function measure(
  { progress, signal }: BenchmarkContext,
  { traffic, way, world }: { readonly world: TestWorld; readonly traffic: Traffic; readonly way: Way },
): Promise<Comparison> {
  const { allowedMs, opponent } = way;
  const rounds: number[] = [];
  while (rounds.length < ROUNDS && !signal.aborted) {
    const promotion = await promoteVersion(world, 2);
    await settled(traffic, { by: 2, not: 1 });
    await way.before(world);
    const decidedAtMs = await way.goBack(world, promotion);
    await settled(traffic, { by: 1, not: 2 });
    await way.after(world);
    rounds.push(Math.max(0, traffic.lastAnswerBy(2) - decidedAtMs));
    progress(`${opponent}: round ${rounds.length}: ${Math.round(rounds.at(-1)!)} ms of ${allowedMs} ms`);
  }
  const within = rounds.filter((ms) => ms <= allowedMs).length;
  const { answers, failed } = traffic;
  progress(`${opponent}: ${within} of ${rounds.length} within ${allowedMs} ms; median ${spread(rounds)} ms`);
  progress(`${opponent}: ${answers} requests answered so far, ${failed} failed or degraded`);
  if (failed > 0) throw new Error(`${failed} requests failed or were degraded: a rollback loses none`);
  const worst = Math.max(...rounds);
  return {
    name: 'rollback',
    opponent,
    ratio: allowedMs / worst,
    goal: 1,
    ours: worst / 1000,
    theirs: allowedMs / 1000,
    unit: 's',
  };
}

/** Answers its merge. */
async function promoteVersion({ folder }: TestWorld, version: number): Promise<string> {
  const about = { ...ABOUT, repo: folder, model: MODEL, version, strategy: 'direct', rePromote: false };
  return (await promote(about)).merged!;
}

/** An ordinary `git revert` of a merge, pushed. Answers when the branch moved in the bare repository. */
async function pushRevert({ folder, forge, git }: TestWorld, merge: string): Promise<number> {
  await git.run(['pull', '--quiet', 'origin', 'main']);
  await git.run(['revert', '--no-edit', '--mainline', '1', merge]);
  await git.run(['push', '--quiet', 'origin', 'HEAD:main']);
  const reference = await stat(join(forge, 'refs', 'heads', 'main'));
  if (reference.mtimeMs > Date.now()) throw new Error(`the clock of ${folder} is ahead of ours`);
  return reference.mtimeMs;
}

/** Without Git: by the store, the root and the emergency key. Answers when it was asked for. */
async function signByHand({ folder }: TestWorld): Promise<number> {
  const askedAtMs = Date.now();
  await emergency({ ...ABOUT, repo: folder, model: MODEL, to: 1, reason: 'a benchmark' });
  return askedAtMs;
}

/** Waits until every pod answers by one version and none has by the other for a while. */
async function settled(traffic: Traffic, { by, not }: { readonly by: number; readonly not: number }): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!traffic.isAnsweredOnlyBy(by, not, Date.now() - QUIET_MS)) {
    if (Date.now() > deadline) throw new Error(`version ${by} does not answer alone after ${WAIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
