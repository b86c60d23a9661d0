import { count } from '../../report/index.js';
import { type Proposed, proposeVersion, releaseVersion } from '../release-steps.js';
import type { Publication } from '../rollout-log.js';
import { RolloutWatch } from '../rollout-watch.js';
import { addOriginDelays } from '../scratch.js';
import type { Serving, Stage, Tell } from '../stage.js';
import { versionSentence } from '../words.js';

/** The version is live on every pod when this long nobody heard of the one before. */
const QUIET_MS = 700;

export interface Watched {
  readonly proposed: Proposed;
  /** The id of the newest answer, the new version's: for a later act. */
  readonly answer: string;
}

/**
 * Act 2: a pull request adds the delays seen lately at the origin. Version 2 gets copies of the traffic, then a growing share of it, and each step
 * waits until what both pods counted is evidence enough.
 */
export async function watch(stage: Stage, serving: Serving, tell: Tell): Promise<Watched> {
  const { shell, meter } = stage;
  await shell.git('switch', '--quiet', '-c', 'origin-delays');
  const files = await addOriginDelays(stage.scratch.work);
  await shell.git('add', ...files);
  await shell.git('diff', '--cached', '--stat');
  await shell.git('commit', '--quiet', '-m', 'Add the delays seen lately at the origin');
  const proposed = await proposeVersion(stage, 'origin-delays');
  tell(await versionSentence(stage, proposed));
  const rollout = await RolloutWatch.begin(stage, proposed.version);
  const answersBefore = meter.total;
  await releaseVersion(stage, proposed.version);
  stage.terminal.sentence('Traffic goes on, and the reconciler moves version 2 through its steps:');
  await serving.replay.playUntil(async () => {
    await stage.processes.assertAllRunning();
    const newest = await rollout.newest(tell);
    const phase = newest?.manifest.rollout.phase;
    if (phase === 'rejected' || phase === 'rolling-back')
      throw rollout.stuck(`the rollout of version 2 was stopped: ${newest!.reasons.join('; ')}`);
    return newest !== null && answersAlone(stage, newest, proposed.version);
  });
  const counts = Object.entries(meter.versionsSince(answersBefore)).map(
    ([name, answers]) => `${name} ${count(answers)}`,
  );
  tell(`Meanwhile ${count(meter.total - answersBefore)} requests were answered (${counts.join(', ')}).`);
  return { proposed, answer: serving.replay.newestPrediction! };
}

/** Whether the version answers everything on every pod. */
function answersAlone({ meter }: Stage, { manifest }: Publication, version: number): boolean {
  const { champion, previousChampion, rollout } = manifest;
  if (champion !== version || rollout.phase !== 'live' || previousChampion === null) return false;
  return Date.now() - (meter.lastAnswerBy(previousChampion) ?? 0) > QUIET_MS;
}
