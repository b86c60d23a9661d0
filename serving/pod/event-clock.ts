import type { EventLog } from '../stores/index.js';

export interface EventClockOptions {
  readonly wallNow: () => number;
  /** The event log, where the pod can read it: its newest arrival is the time of a replay. */
  readonly log: EventLog | null;
}

/** What time it is for features and rollout steps, epoch microseconds: the wall clock, or in a replay the newest that the log or a caller said. */
export class EventClock {
  readonly #options: EventClockOptions;
  #newestUs = 0;
  replay = false;

  constructor(options: EventClockOptions) {
    this.#options = options;
  }

  nowUs(): number {
    return this.replay ? this.#newestUs : this.#options.wallNow() * 1000;
  }

  note(atUs: number): void {
    if (atUs > this.#newestUs) this.#newestUs = atUs;
  }

  /** Looks at the log; a log that cannot be read leaves the clock where it is. */
  async refresh(): Promise<void> {
    if (!this.replay || this.#options.log === null) return;
    try {
      this.note((await this.#options.log.latestArrival()) ?? 0);
    } catch {
      // The next look may succeed; requests carry their own time meanwhile.
    }
  }
}
