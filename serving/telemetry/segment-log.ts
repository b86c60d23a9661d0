import type { BlobStore } from '../stores/index.js';

export interface SegmentLogOptions<T> {
  readonly store: Pick<BlobStore, 'write'>;
  /** Segments are written to `<prefix>/<wall ms>-<number>.jsonl`. */
  readonly prefix: string;
  /** One line, without the newline. */
  readonly serialise: (record: T) => string;
  readonly wallNow: () => number;
  /** How long a record may wait before its segment is written. */
  readonly flushMs?: number;
  /** A segment is written at once when it has this many bytes. A longer line is dropped. */
  readonly segmentBytes?: number;
  /** The most bytes that wait for a store that does not answer; past it the oldest segments are dropped. */
  readonly maxWaitingBytes?: number;
  readonly onProblem?: (problem: string) => void;
}

interface Segment {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly records: number;
}

/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const BYTES_A_UNIT = 3;

/**
 * An append-only log as JSON Lines objects in the artifact store, written in the background. A record becomes bytes at once, in a buffer outside the
 * JavaScript heap: records that waited as objects would survive young collections, and copying them cost more than writing them.
 * `append` never fails and never waits; memory is bounded, and what had to be dropped is counted.
 */
export class SegmentLog<T> {
  readonly #options: Required<SegmentLogOptions<T>>;
  #open: Buffer;
  #used = 0;
  #records = 0;
  #sealed: Segment[] = [];
  #waitingBytes = 0;
  #number = 0;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  #queued = false;
  #closed = false;
  dropped = 0;
  written = 0;

  constructor(options: SegmentLogOptions<T>) {
    this.#options = {
      flushMs: 2_000,
      // Hashing and writing one takes about two milliseconds of the serving thread.
      segmentBytes: 1024 * 1024,
      maxWaitingBytes: 64 * 1024 * 1024,
      onProblem: () => {},
      ...options,
    };
    this.#open = Buffer.alloc(0);
  }

  append(record: T): void {
    const line = `${this.#options.serialise(record)}\n`;
    const room = line.length * BYTES_A_UNIT;
    if (this.#closed || room > this.#options.segmentBytes) {
      this.dropped += 1;
      return;
    }
    if (this.#used + room > this.#open.length) this.#makeRoom();
    this.#used += this.#open.write(line, this.#used);
    this.#records += 1;
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.flushMs);
  }

  /** Writes what waits; resolves after one try for each segment. */
  flush(): Promise<void> {
    this.#seal();
    if (!this.#queued) {
      this.#queued = true;
      this.#work = this.#work.then(() => this.#write());
    }
    return this.#work;
  }

  /** Writes what waits, with one try, and takes nothing more: what a store does not take now is lost with the process. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #makeRoom(): void {
    if (this.#used > 0) void this.flush();
    if (this.#open.length === 0) this.#open = Buffer.allocUnsafeSlow(this.#options.segmentBytes);
  }

  #seal(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#used === 0) return;
    const { prefix, wallNow, maxWaitingBytes } = this.#options;
    this.#number += 1;
    const key = `${prefix}/${wallNow()}-${String(this.#number).padStart(6, '0')}.jsonl`;
    const bytes = this.#takeBytes();
    this.#sealed.push({ key, bytes, records: this.#records });
    this.#waitingBytes += bytes.length;
    this.#used = 0;
    this.#records = 0;
    while (this.#waitingBytes > maxWaitingBytes && this.#sealed.length > 1) this.#dropOldest();
  }

  /** A full buffer is handed over; of one that is mostly empty a copy, so that a small segment does not hold a large buffer. */
  #takeBytes(): Uint8Array {
    const filled = this.#open.subarray(0, this.#used);
    if (this.#used < this.#open.length / 2) return Uint8Array.prototype.slice.call(filled);
    this.#open = Buffer.alloc(0);
    return filled;
  }

  #dropOldest(): void {
    const oldest = this.#sealed.shift()!;
    this.#waitingBytes -= oldest.bytes.length;
    this.dropped += oldest.records;
  }

  async #write(): Promise<void> {
    this.#queued = false;
    for (let segment = this.#sealed[0]; segment !== undefined; segment = this.#sealed[0]) {
      try {
        await this.#options.store.write(segment.key, segment.bytes);
      } catch (error) {
        this.#options.onProblem(error instanceof Error ? error.message : String(error));
        if (!this.#closed) this.#timer ??= setTimeout(() => void this.flush(), this.#options.flushMs);
        return;
      }
      // It may have been dropped while it was being written; then it counts as both, which errs on the safe side.
      if (this.#sealed[0] === segment) {
        this.#sealed.shift();
        this.#waitingBytes -= segment.bytes.length;
      }
      this.written += segment.records;
    }
  }
}
