import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDurationMs, SignalboxError } from '@signalbox/contracts';
import { sleep } from '../processes.js';
import { readPublications } from '../rollout-log.js';
import { ENVIRONMENT, MODEL, type Serving, type Stage, type Tell } from '../stage.js';

/** What a rollback may take besides the two polls: one pass, one verification, one swap. */
const SLACK_SECONDS = 1;
/** The version that was reverted counts as gone when this long nobody heard of it. */
const QUIET_MS = 1_000;
const WAIT_MS = 30_000;
const RELEASE_FILE = `releases/${ENVIRONMENT}/${MODEL}.yaml`;

export interface RollbackMeasure {
  readonly fromVersion: number;
  readonly toVersion: number;
  /** When the revert stood on main, epoch milliseconds. */
  readonly revertedAtMs: number;
  readonly allowedSeconds: number;
  readonly allowance: string;
}

/** Act 3: the release is reverted by Git while traffic goes on. */
export async function revert(stage: Stage, serving: Serving, tell: Tell): Promise<RollbackMeasure> {
  const { shell } = stage;
  const before = (await readPublications(stage.rolloutLog)).at(-1)!.manifest;
  const release = await shell.quietGit('log', '-1', '--first-parent', '--format=%H', '--', RELEASE_FILE);
  let revertedAtMs: number | null = null;
  const traffic = serving.replay.playUntil(async () => {
    await stage.processes.assertAllRunning();
    return revertedAtMs !== null && (await isSettled(stage, { version: before.champion, revertedAtMs }));
  });
  const [, revertedAt] = await Promise.all([
    traffic,
    pushRevert(stage, release).then((at) => {
      revertedAtMs = at;
      return at;
    }),
  ]);
  const after = (await readPublications(stage.rolloutLog)).at(-1)!.manifest;
  const measure = measureOf(serving, { fromVersion: before.champion, toVersion: after.champion, revertedAt });
  const took = rollbackSeconds(stage, measure);
  tell(
    `Version ${measure.fromVersion} gave its last answer ${took.toFixed(2)} s after its revert stood on main ` +
      `(allowed: ${measure.allowance} = ${measure.allowedSeconds.toFixed(1)} s). Version ${measure.toVersion} answers everything.`,
  );
  return measure;
}

/** From the revert on main to the last answer of the reverted version on any pod, over all of the demo. */
export function rollbackSeconds({ meter }: Stage, { fromVersion, revertedAtMs }: RollbackMeasure): number {
  return Math.max(0, ((meter.lastAnswerBy(fromVersion) ?? revertedAtMs) - revertedAtMs) / 1000);
}

async function pushRevert({ shell, scratch }: Stage, release: string): Promise<number> {
  await shell.git('revert', '--no-edit', '--mainline', '1', release.slice(0, 12));
  await shell.git('push', '--quiet', 'origin', 'main');
  return (await stat(join(scratch.forge, 'refs', 'heads', 'main'))).mtimeMs;
}

async function isSettled(
  { meter, rolloutLog }: Stage,
  { version, revertedAtMs }: { readonly version: number; readonly revertedAtMs: number },
): Promise<boolean> {
  const now = Date.now();
  const latest = (await readPublications(rolloutLog)).at(-1)?.manifest;
  const quietMs = now - (meter.lastAnswerBy(version) ?? 0);
  if (latest?.champion !== version && quietMs > QUIET_MS) return true;
  if (now - revertedAtMs > WAIT_MS)
    throw new SignalboxError('demo/stopped', `version ${version} still answers ${WAIT_MS / 1000} s after its revert`, {
      hint: 'The last lines of logs/reconcile.log and logs/pod-1.log there say why.',
    });
  await sleep(0);
  return false;
}

function measureOf(
  { workspace }: Serving,
  { fromVersion, toVersion, revertedAt }: { fromVersion: number; toVersion: number; revertedAt: number },
): RollbackMeasure {
  const { reconcile, pods } = workspace.environments.get(ENVIRONMENT)!.environment;
  const polls = [parseDurationMs(reconcile.poll) / 1000, parseDurationMs(pods.poll) / 1000] as const;
  return {
    fromVersion,
    toVersion,
    revertedAtMs: revertedAt,
    allowedSeconds: polls[0] + polls[1] + SLACK_SECONDS,
    allowance: `the reconciler's poll ${polls[0]} s + the pods' poll ${polls[1]} s + ${SLACK_SECONDS} s`,
  };
}
