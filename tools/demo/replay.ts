import type { Model } from '@signalbox/contracts';
import type { EventLog, NewEvent, Scalar } from '@signalbox/serving/stores';
import type { Meter } from './meter.js';
import type { PodClient, PredictRequest } from './pod-client.js';
import { sleep } from './processes.js';
import type { SourceEvents } from './source-stream.js';

/** Requests in flight at once, over all pods. */
const CONCURRENCY = 24;
const FRESHNESS_POLL_MS = 20;
const MINUTE_US = 60 * 1e6;
const NO_TIMES = new Float64Array();

export interface ReplayOptions {
  readonly topic: string;
  readonly model: Model;
  readonly events: SourceEvents;
  /** Whether a row turned out as the model predicts, once it was observed. */
  readonly outcomeOf: (events: SourceEvents, row: number) => boolean;
  /** What the caller of a row, departing at `atUs`, knows of its request inputs. */
  readonly requestOf: (
    departure: { readonly row: number; readonly atUs: number },
    inputs: PredictRequest['request'],
  ) => PredictRequest['request'];
  readonly log: EventLog;
  readonly meter: Meter;
  readonly signal: AbortSignal;
  readonly startUs: number;
  readonly pace: ReplayPace;
}

export interface ReplayPace {
  /** Event time moves in slices: what could be observed before a slice is in the log before the slice's first request. */
  readonly sliceUs: number;
  /** Every how manyth departure is a request. */
  readonly every: number;
  /** The most requests a second of wall time: room for the pods' other work, as on a machine that is not full. */
  readonly maxPerSecond: number;
  /** How many logged events the pods' features may be behind before the replay waits for them; no bound unless given. */
  readonly maxBehind?: number;
}

interface Awaited {
  readonly pod: PodClient;
  readonly predictionId: string;
  readonly outcome: boolean;
  readonly observedAt: number;
}

/**
 * Plays real events as traffic. In each slice of event time: the events that became observable go to the log, outcomes that became
 * observable go to the pods that had predicted them, and departures of the slice are requests, to the pods in turn.
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #awaitingOutcome = new Map<string, Awaited>();
  #events: SourceEvents;
  #pace: ReplayPace;
  #pods: readonly PodClient[] = [];
  #nowUs: number;
  #loggedUntilUs: number;
  #departures = 0;
  #arrivals = 0;
  #logged = 0;
  #applied = 0;
  #outcomes = 0;
  #newest: string | null = null;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#events = options.events;
    this.#pace = options.pace;
    this.#nowUs = options.startUs;
    this.#loggedUntilUs = options.startUs;
    this.#skipWhatWasPlayed();
  }

  /** Goes on with other rows, which must overlap those before, and at another pace. */
  continueWith(events: SourceEvents, pace: ReplayPace): void {
    this.#events = events;
    this.#pace = pace;
    this.#skipWhatWasPlayed();
  }

  /** Lets go of the rows: half a gigabyte that every later process would be forked with. */
  forget(): void {
    this.#events = {
      ...this.#events,
      rows: 0,
      columns: new Map(),
      eventTs: NO_TIMES,
      arrivalTs: NO_TIMES,
      byArrival: new Uint32Array(),
    };
  }

  #skipWhatWasPlayed(): void {
    const { eventTs, arrivalTs, byArrival } = this.#events;
    const departed = eventTs.findIndex((at) => at >= this.#nowUs);
    const arrived = byArrival.findIndex((row) => arrivalTs[row]! > this.#loggedUntilUs);
    this.#departures = departed === -1 ? eventTs.length : departed;
    this.#arrivals = arrived === -1 ? byArrival.length : arrived;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** Every event that could be observed by then is in the log. */
  get loggedUntilUs(): number {
    return this.#loggedUntilUs;
  }

  get eventsLogged(): number {
    return this.#logged;
  }

  /** How many of them the pods' features of the newest answer had not seen. */
  get eventsBehind(): number {
    return this.#logged - this.#applied;
  }

  /** The prediction id of the newest useful answer. */
  get newestPrediction(): string | null {
    return this.#newest;
  }

  get outcomesSent(): number {
    return this.#outcomes;
  }

  useReadyPods(pods: readonly PodClient[]): void {
    this.#pods = pods;
  }

  /** Plays slice after slice until `done` answers true after one. */
  async playUntil(done: () => boolean | Promise<boolean>): Promise<void> {
    do {
      this.#options.signal.throwIfAborted();
      await this.#playSlice();
    } while (!(await done()));
  }

  async #playSlice(): Promise<void> {
    const startedAt = performance.now();
    const untilUs = this.#nowUs + this.#pace.sliceUs;
    await this.#log(this.#nowUs);
    await this.#sendOutcomes();
    const rows = this.#takeDepartures(untilUs);
    await inParallel(rows, CONCURRENCY, (row) => this.#predict(row));
    await this.#waitForFeatures(rows);
    this.#nowUs = untilUs;
    const spare = (rows.length / this.#pace.maxPerSecond) * 1000 - (performance.now() - startedAt);
    if (spare > 0) await sleep(spare);
  }

  /** Asks again for one departure after the other until the features are fresh enough: for one alone, its hour would be in fashion. */
  async #waitForFeatures(rows: readonly number[]): Promise<void> {
    if (rows.length === 0) return;
    for (let at = 0; this.eventsBehind > (this.#pace.maxBehind ?? Number.POSITIVE_INFINITY); at++) {
      this.#options.signal.throwIfAborted();
      await sleep(FRESHNESS_POLL_MS);
      await this.#predict(rows[at % rows.length]!);
    }
  }

  /** Appends what became observable up to `untilUs`, in the order in which it did. */
  async #log(untilUs: number): Promise<void> {
    const { log, topic } = this.#options;
    const { arrivalTs, byArrival, rows } = this.#events;
    const batch: NewEvent[] = [];
    for (; this.#arrivals < rows; this.#arrivals++) {
      const row = byArrival[this.#arrivals]!;
      if (arrivalTs[row]! > untilUs) break;
      batch.push(this.#eventOf(row));
    }
    if (batch.length > 0) await log.append(topic, batch);
    this.#logged += batch.length;
    this.#loggedUntilUs = untilUs;
  }

  #eventOf(row: number): NewEvent {
    const { arrivalTs, columns, eventTs } = this.#events;
    const values: Record<string, Scalar> = {};
    for (const [name, column] of columns) values[name] = column[row]!;
    return { eventTs: eventTs[row]!, arrivalTs: arrivalTs[row]!, key: String(row), row: values };
  }

  /** Rows that depart before `untilUs`, as far as they are sampled: the traffic of this slice. */
  #takeDepartures(untilUs: number): readonly number[] {
    const { eventTs } = this.#events;
    const rows = [];
    for (; this.#departures < eventTs.length && eventTs[this.#departures]! < untilUs; this.#departures++) {
      if (this.#departures % this.#pace.every === 0) rows.push(this.#departures);
    }
    return rows;
  }

  async #predict(row: number): Promise<void> {
    const pod = this.#pods[Math.floor(row / this.#pace.every) % this.#pods.length]!;
    const { answer, predictionId, applied } = await pod.predict(this.#requestOf(row));
    this.#options.meter.add(answer);
    if (applied !== null) this.#applied = Math.max(this.#applied, applied);
    if (predictionId === null || answer.version === null) return;
    this.#newest = predictionId;
    const observedAt = this.#events.arrivalTs[row]!;
    this.#awaitingOutcome.set(predictionId, {
      pod,
      predictionId,
      observedAt,
      outcome: this.#options.outcomeOf(this.#events, row),
    });
  }

  #requestOf(row: number): PredictRequest {
    const { model, requestOf } = this.#options;
    const events = this.#events;
    const value = (column: string) => events.columns.get(column)![row] as string | number;
    const pick = (columns: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, value(column)]));
    return {
      entities: Object.fromEntries(Object.entries(model.label.entities).map(([name, keys]) => [name, pick(keys)])),
      request: requestOf({ row, atUs: events.eventTs[row]! }, pick(model.label.request ?? {})),
      unit: `flight-${Math.floor(events.eventTs[row]! / MINUTE_US)}-${row}`,
      at: events.eventTs[row]!,
    };
  }

  async #sendOutcomes(): Promise<void> {
    const byPod = new Map<PodClient, { predictionId: string; outcome: boolean; observedAt: number }[]>();
    for (const { pod, predictionId, outcome, observedAt } of this.#awaitingOutcome.values()) {
      if (observedAt > this.#nowUs) continue;
      this.#awaitingOutcome.delete(predictionId);
      const known = byPod.get(pod) ?? [];
      known.push({ predictionId, outcome, observedAt });
      byPod.set(pod, known);
    }
    for (const [pod, outcomes] of byPod) {
      const refused = await pod.sendOutcomes(outcomes);
      if (refused === null) this.#outcomes += outcomes.length;
    }
  }
}

/** Runs `work` on each item, at most `limit` at a time, each started in order. */
async function inParallel<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      await work(items[next++]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
