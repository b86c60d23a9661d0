import { SignalboxError } from '@signalbox/contracts';
import { type Publication, readPublications } from './rollout-log.js';
import type { Stage, Tell } from './stage.js';
import { publicationSentence } from './words.js';

const WAIT_MS = 60_000;

/** Follows the rollout of one version from its first manifest on, and tells each step once. */
export class RolloutWatch {
  readonly #stage: Stage;
  readonly #version: number;
  readonly #startedAt = Date.now();
  #told: number;
  #newest: Publication | null = null;

  private constructor(stage: Stage, version: number, told: number) {
    this.#stage = stage;
    this.#version = version;
    this.#told = told;
  }

  /** Begins before the version is released, so that nothing of it is missed. */
  static async begin(stage: Stage, version: number): Promise<RolloutWatch> {
    return new RolloutWatch(stage, version, (await readPublications(stage.rolloutLog)).length);
  }

  /** What was published since the beginning, newest; null when nothing was. Throws when nothing ends it for too long. */
  async newest(tell: Tell): Promise<Publication | null> {
    const publications = await readPublications(this.#stage.rolloutLog);
    for (const publication of publications.slice(this.#told)) {
      tell(publicationSentence(publication));
      this.#newest = publication;
    }
    this.#told = publications.length;
    const phase = this.#newest?.manifest.rollout.phase ?? 'idle';
    if (Date.now() - this.#startedAt > WAIT_MS)
      throw this.stuck(`version ${this.#version} stands at ${phase} after ${WAIT_MS / 1000} s`);
    return this.#newest;
  }

  stuck(message: string): SignalboxError {
    return new SignalboxError('demo/stopped', message, {
      hint: 'logs/reconcile.log there says what was measured and why it waits.',
    });
  }
}
