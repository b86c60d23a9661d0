import { encodeEntityKey, type Model } from '@signalbox/contracts';
import type { EventLog, NewEvent } from '@signalbox/serving/stores';
import type { Meter } from './meter.js';
import type { PodClient, PredictRequest } from './pod-client.js';
import { sleep } from './processes.js';
import type { SourceEvents } from './source-stream.js';

/** Event time moves in slices: what could be observed before a slice is in the log before the slice's first request. */
const SLICE_US = 5 * 60 * 1e6;
/** Requests in flight at once, over all pods. */
const CONCURRENCY = 24;
const MINUTE_US = 60 * 1e6;

export interface ReplayOptions {
  readonly topic: string;
  readonly model: Model;
  readonly events: SourceEvents;
  /** Whether a row turned out as the model predicts, once it was observed. */
  readonly outcomeOf: (row: number) => boolean;
  readonly log: EventLog;
  readonly meter: Meter;
  readonly signal: AbortSignal;
  readonly startUs: number;
  /** The most requests a second of wall time: room for the pods' other work, as on a machine that is not full. */
  readonly maxPerSecond: number;
}

/**
 * Plays real events as traffic. In each slice of event time: the events that became observable go to the log, outcomes that became
 * observable go to the pods that had predicted them, and every departure of the slice is a request, to the pods in turn.
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #awaitingOutcome = new Map<number, { readonly pod: PodClient; readonly predictionId: string }>();
  #pods: readonly PodClient[] = [];
  #nowUs: number;
  #departures = 0;
  #arrivals = 0;
  #outcomes = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#nowUs = options.startUs;
    const { eventTs } = options.events;
    while (this.#departures < eventTs.length && eventTs[this.#departures]! < options.startUs) this.#departures++;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  get eventsLogged(): number {
    return this.#arrivals;
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
    const untilUs = this.#nowUs + SLICE_US;
    await this.#log(this.#nowUs);
    await this.#sendOutcomes();
    const rows = this.#takeDepartures(untilUs);
    await inParallel(rows, CONCURRENCY, (row) => this.#predict(row, this.#pods[row % this.#pods.length]!));
    this.#nowUs = untilUs;
    const spare = (rows.length / this.#options.maxPerSecond) * 1000 - (performance.now() - startedAt);
    if (spare > 0) await sleep(spare);
  }

  /** Appends what became observable up to `untilUs`, in the order in which it did. */
  async #log(untilUs: number): Promise<void> {
    const { events, log, topic } = this.#options;
    const batch: NewEvent[] = [];
    for (; this.#arrivals < events.rows; this.#arrivals++) {
      const row = events.byArrival[this.#arrivals]!;
      if (events.arrivalTs[row]! > untilUs) break;
      batch.push(this.#eventOf(row));
    }
    if (batch.length > 0) await log.append(topic, batch);
  }

  #eventOf(row: number): NewEvent {
    const { events } = this.#options;
    const values = Object.fromEntries([...events.columns].map(([name, column]) => [name, column[row]!]));
    return {
      eventTs: events.eventTs[row]!,
      arrivalTs: events.arrivalTs[row]!,
      key: encodeEntityKey([row]),
      row: values,
    };
  }

  /** Rows that depart before `untilUs`: the traffic of this slice. */
  #takeDepartures(untilUs: number): readonly number[] {
    const { eventTs } = this.#options.events;
    const rows = [];
    for (; this.#departures < eventTs.length && eventTs[this.#departures]! < untilUs; this.#departures++) {
      rows.push(this.#departures);
    }
    return rows;
  }

  async #predict(row: number, pod: PodClient): Promise<void> {
    const { answer, predictionId } = await pod.predict(this.#requestOf(row));
    this.#options.meter.add(answer);
    if (predictionId !== null) this.#awaitingOutcome.set(row, { pod, predictionId });
  }

  #requestOf(row: number): PredictRequest {
    const { events, model } = this.#options;
    const value = (column: string) => events.columns.get(column)![row] as string | number;
    const pick = (columns: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, value(column)]));
    return {
      entities: Object.fromEntries(Object.entries(model.label.entities).map(([name, keys]) => [name, pick(keys)])),
      request: pick(model.label.request ?? {}),
      unit: `flight-${Math.floor(events.eventTs[row]! / MINUTE_US)}-${row}`,
      at: events.eventTs[row]!,
    };
  }

  async #sendOutcomes(): Promise<void> {
    const { events, outcomeOf } = this.#options;
    const byPod = new Map<PodClient, { predictionId: string; outcome: boolean; observedAt: number }[]>();
    for (const [row, { pod, predictionId }] of this.#awaitingOutcome) {
      const observedAt = events.arrivalTs[row]!;
      if (observedAt > this.#nowUs) continue;
      this.#awaitingOutcome.delete(row);
      const known = byPod.get(pod) ?? [];
      known.push({ predictionId, outcome: outcomeOf(row), observedAt });
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
