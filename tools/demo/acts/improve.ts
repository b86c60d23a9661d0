import { BUCKETS, SignalboxError } from '@signalbox/contracts';
import { type Proposed, proposeVersion, releaseVersion } from '../release-steps.js';
import { readPublications } from '../rollout-log.js';
import { addOriginDelays } from '../scratch.js';
import type { Serving, Stage } from '../stage.js';

const WAIT_MS = 60_000;
/** The version is live on every pod when this long nobody heard of the one before. */
const QUIET_MS = 700;

/** Act 2: a pull request adds the delays seen lately at the origin; version 2 becomes live step by step, on live traffic. */
export async function improve(stage: Stage, serving: Serving, tell: (sentence: string) => void): Promise<Proposed> {
  const { shell } = stage;
  await shell.git('switch', '--quiet', '-c', 'origin-delays');
  const files = await addOriginDelays(stage.scratch.work);
  await shell.git('add', ...files);
  await shell.git('diff', '--cached', '--stat');
  await shell.git('commit', '--quiet', '-m', 'Add the delays seen lately at the origin');
  const proposed = await proposeVersion(stage, 'origin-delays');
  const from = { answers: stage.meter.total, serial: await latestSerial(stage) };
  await releaseVersion(stage, proposed.version);
  const startedAt = Date.now();
  await serving.replay.playUntil(() => isLive(stage, { version: proposed.version, serial: from.serial, startedAt }));
  await tellSteps(stage, { ...from, tell });
  return proposed;
}

async function latestSerial({ rolloutLog }: Stage): Promise<number> {
  return (await readPublications(rolloutLog)).at(-1)?.manifest.serial ?? 0;
}

interface Awaited {
  readonly version: number;
  readonly serial: number;
  readonly startedAt: number;
}

/** Whether the version answers everything. Throws when the rollout ended otherwise, or does not move. */
async function isLive(stage: Stage, { version, serial, startedAt }: Awaited): Promise<boolean> {
  await stage.processes.assertAllRunning();
  const newest = (await readPublications(stage.rolloutLog)).at(-1);
  const { phase } = newest?.manifest.rollout ?? { phase: 'idle' };
  if (newest && newest.manifest.serial > serial && (phase === 'rejected' || phase === 'rolling-back'))
    throw stuck(`the canary of version ${version} was stopped: ${newest.reasons.join('; ')}`);
  if (Date.now() - startedAt > WAIT_MS)
    throw stuck(`version ${version} was not live after ${WAIT_MS / 1000} s; the rollout stands at ${phase}`);
  const before = newest?.manifest.previousChampion ?? null;
  const quietMs = before === null ? 0 : Date.now() - (stage.meter.lastAnswerBy(before) ?? 0);
  return newest?.manifest.champion === version && phase === 'live' && quietMs > QUIET_MS;
}

async function tellSteps(
  { meter, rolloutLog }: Stage,
  { answers, serial, tell }: { answers: number; serial: number; tell: (sentence: string) => void },
): Promise<void> {
  const steps = (await readPublications(rolloutLog)).filter(({ manifest }) => manifest.serial > serial);
  for (const { manifest, reasons } of steps) {
    const share = manifest.shadow
      ? `shadow of ${percent(manifest.shadow.buckets)}`
      : `${percent(manifest.candidateBuckets)} of the units`;
    const what = manifest.candidate === null ? `version ${manifest.champion} answers all` : share;
    tell(`Serial ${manifest.serial}, ${manifest.rollout.phase}: ${what}. ${reasons.join('; ')}`);
  }
  const counts = Object.entries(meter.versionsSince(answers)).map(([version, count]) => `${version} ${count}`);
  tell(`Meanwhile ${meter.total - answers} requests were answered (${counts.join(', ')}).`);
}

function percent(buckets: number): string {
  return `${Number(((buckets / BUCKETS) * 100).toFixed(1))} %`;
}

function stuck(message: string): SignalboxError {
  return new SignalboxError('demo/stopped', message, {
    hint: 'logs/reconcile.log in the scratch folder says what it measured and why it waits.',
  });
}
