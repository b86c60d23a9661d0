import { type Proposed, proposeVersion, releaseVersion } from '../release-steps.js';
import { readPublications } from '../rollout-log.js';
import { ENVIRONMENT, type Serving, type Stage } from '../stage.js';
import { startServing } from '../start-serving.js';

/** How many real departures the first act answers before the next begins. */
const FIRST_REQUESTS = 3_000;

/** Act 1: the first version, from a clean repository to answers on two pods. */
export async function propose(
  stage: Stage,
  tell: (sentence: string) => void,
): Promise<{ readonly proposed: Proposed; readonly serving: Serving }> {
  const { shell } = stage;
  await shell.signalbox('validate');
  await shell.signalbox('keys', 'mint', '--env', ENVIRONMENT);
  await shell.git('add', '--all');
  await shell.git('commit', '--quiet', '-m', 'Flights, features, a model and two environments');
  await shell.git('push', '--quiet', '--set-upstream', 'origin', 'main');
  await shell.git('switch', '--quiet', '-c', 'first-version');
  const proposed = await proposeVersion(stage, 'first-version');
  await releaseVersion(stage, proposed.version);
  const serving = await startServing(stage);
  await serving.replay.playUntil(async () => {
    await stage.processes.assertAllRunning();
    return stage.meter.total >= FIRST_REQUESTS;
  });
  const published = (await readPublications(stage.rolloutLog)).at(-1);
  tell(
    `Two pods verified serial ${published?.manifest.serial} and answered ${stage.meter.total} real departures of April; ` +
      `${serving.replay.outcomesSent} outcomes came back once they could be seen.`,
  );
  return { proposed, serving };
}
