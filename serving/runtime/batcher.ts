import { RUNTIME_LIMITS } from './limits.js';
import type { OpenModel } from './open-model.js';

/** Why a row got no score. `problem` has the runtime's own words. */
export type RowFailure =
  | { readonly kind: 'overloaded' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'error'; readonly problem: string };

export type RowCallback = (score: number, failure: RowFailure | null) => void;

export interface BatcherOptions {
  readonly maxBatchRows?: number;
  readonly maxQueuedRows?: number;
  /** Wall milliseconds, monotonic. */
  readonly now: () => number;
  /** Called after each batch: how many rows it had and how long the run took, in milliseconds. */
  readonly onBatch?: (rows: number, runMs: number) => void;
}

interface Entry {
  readonly row: Float32Array;
  readonly deadline: number;
  /** Null once answered. */
  done: RowCallback | null;
}

/**
 * Collects the rows that wait now into one run. No timer holds a row back: rows that arrive in one turn of the event loop, or while a
 * batch runs, go together. The queue is bounded, so an overloaded model says so at once rather than late.
 */
export class Batcher {
  readonly #model: Pick<OpenModel, 'run' | 'features'>;
  readonly #options: Required<BatcherOptions>;
  #queue: Entry[] = [];
  #running: Entry[] = [];
  #flushScheduled = false;
  #sweep: NodeJS.Timeout | null = null;
  #closed = false;
  #idle: (() => void) | null = null;

  constructor(model: Pick<OpenModel, 'run' | 'features'>, options: BatcherOptions) {
    this.#model = model;
    this.#options = {
      maxBatchRows: RUNTIME_LIMITS.maxBatchRows,
      maxQueuedRows: RUNTIME_LIMITS.maxQueuedRows,
      onBatch: () => {},
      ...options,
    };
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Answers exactly once, with the score of this very row or with a failure. `deadline` is on the clock of `now`. */
  submit(row: Float32Array, deadline: number, done: RowCallback): void {
    if (this.#closed) {
      done(Number.NaN, { kind: 'closed' });
      return;
    }
    if (this.#queue.length >= this.#options.maxQueuedRows) {
      done(Number.NaN, { kind: 'overloaded' });
      return;
    }
    this.#queue.push({ row, deadline, done });
    this.#sweep ??= setInterval(() => this.#expire(), RUNTIME_LIMITS.deadlineSweepMs);
    this.#schedule();
  }

  /** Takes no new rows; resolves when every row that was taken is answered and the model is idle. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#queue.length === 0 && this.#running.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  #schedule(): void {
    if (this.#flushScheduled || this.#running.length > 0) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#take();
    if (batch.length === 0) {
      this.#rest();
      return;
    }
    const width = this.#model.features;
    const rows = new Float32Array(batch.length * width);
    for (let index = 0; index < batch.length; index += 1) rows.set(batch[index]!.row, index * width);
    this.#running = batch;
    this.#model.run(rows, batch.length, (scores, problem, runMs) => {
      this.#running = [];
      this.#answer(batch, scores, problem);
      this.#options.onBatch(batch.length, runMs);
      if (this.#queue.length > 0) this.#flush();
      else this.#rest();
    });
  }

  /** The oldest rows that still wait for an answer, up to a batch. */
  #take(): Entry[] {
    const waiting = this.#queue.filter((entry) => entry.done !== null);
    this.#queue = waiting.slice(this.#options.maxBatchRows);
    return waiting.length > this.#options.maxBatchRows ? waiting.slice(0, this.#options.maxBatchRows) : waiting;
  }

  #answer(batch: readonly Entry[], scores: Float64Array | null, problem: string | null): void {
    const wrong = scores !== null && scores.length !== batch.length;
    for (let index = 0; index < batch.length; index += 1) {
      const entry = batch[index]!;
      if (scores === null || wrong) {
        settle(entry, Number.NaN, { kind: 'error', problem: problem ?? 'the run gave another number of rows' });
      } else {
        settle(entry, scores[index]!, null);
      }
    }
  }

  #expire(): void {
    const now = this.#options.now();
    for (const entry of this.#running) if (entry.deadline <= now) settle(entry, Number.NaN, { kind: 'timeout' });
    const before = this.#queue.length;
    for (const entry of this.#queue) if (entry.deadline <= now) settle(entry, Number.NaN, { kind: 'timeout' });
    if (before > 0) this.#queue = this.#queue.filter((entry) => entry.done !== null);
  }

  #rest(): void {
    if (this.#queue.length > 0 || this.#running.length > 0) return;
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#sweep = null;
    this.#idle?.();
    this.#idle = null;
  }
}

function settle(entry: Entry, score: number, failure: RowFailure | null): void {
  const done = entry.done;
  entry.done = null;
  done?.(score, failure);
}
