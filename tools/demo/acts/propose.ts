import { count } from '../../report/index.js';
import { type Proposed, proposeVersion, releaseVersion } from '../release-steps.js';
import { readPublications } from '../rollout-log.js';
import { ENVIRONMENT, type Serving, type Stage, type Tell } from '../stage.js';
import { startServing } from '../start-serving.js';
import { versionSentence } from '../words.js';

/** How many real departures the first act answers before the next begins. */
const FIRST_REQUESTS = 1_500;

/** Act 1: the first version, from a clean repository to answers on two pods. */
export async function propose(
  stage: Stage,
  tell: Tell,
): Promise<{ readonly proposed: Proposed; readonly serving: Serving }> {
  const { shell } = stage;
  await shell.signalbox('validate');
  await shell.signalbox('keys', 'mint', '--env', ENVIRONMENT);
  await shell.git('add', '--all');
  await shell.git('commit', '--quiet', '-m', 'Flights, features, a model and two environments');
  await shell.git('push', '--quiet', '--set-upstream', 'origin', 'main');
  await shell.git('switch', '--quiet', '-c', 'first-version');
  const proposed = await proposeVersion(stage, 'first-version');
  tell(await versionSentence(stage, proposed));
  await releaseVersion(stage, proposed.version);
  const serving = await startServing(stage);
  await serving.replay.playUntil(async () => {
    await stage.processes.assertAllRunning();
    return stage.meter.total >= FIRST_REQUESTS;
  });
  const published = (await readPublications(stage.rolloutLog)).at(-1);
  tell(
    `Two pods verified the signed manifest, serial ${published?.manifest.serial}, and answered ${count(stage.meter.total)} real departures of April; ` +
      `${count(serving.replay.outcomesSent)} outcomes came back once they could be seen.`,
  );
  return { proposed, serving };
}
