import { SignalboxError } from '@signalbox/contracts';
import { count } from '../../report/index.js';
import { type Proposed, proposeVersion, releaseVersion } from '../release-steps.js';
import { type Publication, readPublications } from '../rollout-log.js';
import { addOriginDelays } from '../scratch.js';
import type { Serving, Stage, Tell } from '../stage.js';
import { publicationSentence, versionSentence } from '../words.js';

const WAIT_MS = 60_000;
/** The version is live on every pod when this long nobody heard of the one before. */
const QUIET_MS = 700;

/** Act 2: a pull request adds the delays seen lately at the origin; version 2 becomes live step by step, on live traffic. */
export async function improve(stage: Stage, serving: Serving, tell: Tell): Promise<Proposed> {
  const { shell, meter } = stage;
  await shell.git('switch', '--quiet', '-c', 'origin-delays');
  const files = await addOriginDelays(stage.scratch.work);
  await shell.git('add', ...files);
  await shell.git('diff', '--cached', '--stat');
  await shell.git('commit', '--quiet', '-m', 'Add the delays seen lately at the origin');
  const proposed = await proposeVersion(stage, 'origin-delays');
  tell(await versionSentence(stage, proposed));
  const rollout = new RolloutWatch(stage, proposed.version, await readPublications(stage.rolloutLog));
  const answersBefore = meter.total;
  await releaseVersion(stage, proposed.version);
  stage.terminal.sentence('Traffic goes on, and the reconciler moves version 2 through its steps:');
  await serving.replay.playUntil(async () => {
    await stage.processes.assertAllRunning();
    return rollout.isLive(tell);
  });
  const counts = Object.entries(meter.versionsSince(answersBefore)).map(
    ([name, answers]) => `${name} ${count(answers)}`,
  );
  tell(`Meanwhile ${count(meter.total - answersBefore)} requests were answered (${counts.join(', ')}).`);
  return proposed;
}

/** Follows one rollout from its first manifest on, and tells each step once. */
class RolloutWatch {
  readonly #stage: Stage;
  readonly #version: number;
  readonly #startedAt = Date.now();
  #told: number;
  #newest: Publication | null = null;

  constructor(stage: Stage, version: number, before: readonly Publication[]) {
    this.#stage = stage;
    this.#version = version;
    this.#told = before.length;
  }

  /** Whether the version answers everything on every pod. Throws when the rollout ended otherwise, or does not move. */
  async isLive(tell: Tell): Promise<boolean> {
    const publications = await readPublications(this.#stage.rolloutLog);
    for (const publication of publications.slice(this.#told)) {
      tell(publicationSentence(publication));
      this.#newest = publication;
    }
    this.#told = publications.length;
    this.#assertMoving();
    return this.#newest !== null && this.#answersAlone(this.#newest);
  }

  #answersAlone({ manifest }: Publication): boolean {
    const { champion, previousChampion, rollout } = manifest;
    if (champion !== this.#version || rollout.phase !== 'live' || previousChampion === null) return false;
    return Date.now() - (this.#stage.meter.lastAnswerBy(previousChampion) ?? 0) > QUIET_MS;
  }

  #assertMoving(): void {
    const phase = this.#newest?.manifest.rollout.phase ?? 'idle';
    if (phase === 'rejected' || phase === 'rolling-back')
      throw stuck(`the canary of version ${this.#version} was stopped: ${this.#newest?.reasons.join('; ')}`);
    if (Date.now() - this.#startedAt > WAIT_MS)
      throw stuck(`version ${this.#version} was not live after ${WAIT_MS / 1000} s; the rollout stands at ${phase}`);
  }
}

function stuck(message: string): SignalboxError {
  return new SignalboxError('demo/stopped', message, {
    hint: 'logs/reconcile.log there says what was measured and why it waits.',
  });
}
