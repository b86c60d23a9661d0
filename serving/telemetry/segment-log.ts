import type { BlobStore } from '../stores/index.js';

export interface SegmentLogOptions<T> {
  readonly store: Pick<BlobStore, 'write'>;
  /** Segments are written to `<prefix>/<first wall ms>-<number>.jsonl`. */
  readonly prefix: string;
  /** One line, without the newline. */
  readonly serialise: (record: T) => string;
  readonly wallNow: () => number;
  /** How long a record may wait before its segment is written. */
  readonly flushMs?: number;
  /** A segment is written at once when it has this many records. */
  readonly segmentRecords?: number;
  /** The most bytes of written-out segments that wait for a store that does not answer; past it the oldest are dropped. */
  readonly maxWaitingBytes?: number;
  readonly onProblem?: (problem: string) => void;
}

interface Segment {
  readonly key: string;
  readonly text: string;
  readonly records: number;
}

/** Lines turned to text in one go, so that a large segment does not hold up requests. */
const LINES_A_TURN = 128;

/**
 * An append-only log as JSON Lines objects in the artifact store, written in the background. `append` costs a push, never fails and never
 * waits; memory is bounded, and what had to be dropped is counted.
 */
export class SegmentLog<T> {
  readonly #options: Required<SegmentLogOptions<T>>;
  #open: T[] = [];
  #segments: Segment[] = [];
  #waitingBytes = 0;
  #number = 0;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  #queued = false;
  dropped = 0;
  written = 0;

  constructor(options: SegmentLogOptions<T>) {
    this.#options = {
      flushMs: 2_000,
      segmentRecords: 8_192,
      maxWaitingBytes: 64 * 1024 * 1024,
      onProblem: () => {},
      ...options,
    };
  }

  append(record: T): void {
    if (this.#open.length >= 2 * this.#options.segmentRecords) {
      this.dropped += 1;
      return;
    }
    this.#open.push(record);
    if (this.#open.length >= this.#options.segmentRecords) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), this.#options.flushMs);
  }

  /** Writes what waits; resolves after one try for each segment. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#queued) {
      this.#queued = true;
      this.#work = this.#work.then(() => this.#run());
    }
    return this.#work;
  }

  async #run(): Promise<void> {
    this.#queued = false;
    if (this.#open.length > 0) await this.#seal();
    while (this.#segments.length > 0) {
      const segment = this.#segments[0]!;
      try {
        await this.#options.store.write(segment.key, segment.text);
      } catch (error) {
        this.#options.onProblem(error instanceof Error ? error.message : String(error));
        this.#timer ??= setTimeout(() => void this.flush(), this.#options.flushMs);
        return;
      }
      this.#segments.shift();
      this.#waitingBytes -= segment.text.length;
      this.written += segment.records;
    }
  }

  async #seal(): Promise<void> {
    const records = this.#open;
    this.#open = [];
    const parts: string[] = [];
    for (let from = 0; from < records.length; from += LINES_A_TURN) {
      if (from > 0) await new Promise((resolve) => setImmediate(resolve));
      let part = '';
      for (const record of records.slice(from, from + LINES_A_TURN)) part += `${this.#options.serialise(record)}\n`;
      parts.push(part);
    }
    this.#number += 1;
    const number = String(this.#number).padStart(6, '0');
    const text = parts.join('');
    this.#segments.push({
      key: `${this.#options.prefix}/${this.#options.wallNow()}-${number}.jsonl`,
      text,
      records: records.length,
    });
    this.#waitingBytes += text.length;
    while (this.#waitingBytes > this.#options.maxWaitingBytes && this.#segments.length > 1) {
      const oldest = this.#segments.shift()!;
      this.#waitingBytes -= oldest.text.length;
      this.dropped += oldest.records;
    }
  }
}
