import type { EventLog } from '../stores/index.js';

export interface EventClockOptions {
  readonly wallNow: () => number;
  /** The event log, where the pod can read it: its newest arrival is the time of a replay. */
  readonly log: Pick<EventLog, 'latestArrival'> | null;
}

/**
 * What time it is for features and rollout steps, epoch microseconds: the wall clock, or in a replay the newest arrival in the log and nothing
 * else. What callers send never moves it: one wrong T would change the features of everybody after it.
 */
export class EventClock {
  readonly #options: EventClockOptions;
  #newestUs: number | null = null;
  replay = false;

  constructor(options: EventClockOptions) {
    this.#options = options;
  }

  /** Null in a replay whose log is empty, was not read yet, or is not known to the pod. */
  nowUs(): number | null {
    return this.replay ? this.#newestUs : this.#options.wallNow() * 1000;
  }

  /** Looks at the log; a log that cannot be read leaves the clock where it is. */
  async refresh(): Promise<void> {
    if (!this.replay || this.#options.log === null) return;
    try {
      const latestUs = await this.#options.log.latestArrival();
      if (latestUs !== null && latestUs > (this.#newestUs ?? 0)) this.#newestUs = latestUs;
    } catch {
      // The next look may succeed.
    }
  }
}
