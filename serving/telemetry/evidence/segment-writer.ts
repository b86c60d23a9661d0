import { createHash } from 'node:crypto';
import {
  type EvidenceCell,
  type EvidenceSegment,
  isSignalboxError,
  mergeCells,
  segmentKey,
} from '@signalbox/contracts';
import type { BlobStore } from '../../stores/index.js';
import type { EvidenceRecorder } from './evidence-recorder.js';

export interface SegmentWriterOptions {
  readonly store: Pick<BlobStore, 'write'>;
  readonly recorder: EvidenceRecorder;
  readonly environment: string;
  readonly pod: string;
  /** Names this process: `[0-9a-z]{1,24}`. */
  readonly run: string;
  readonly intervalMs: number;
  readonly wallNow: () => number;
  /** The pod's event clock; null while it is not known. */
  readonly eventNowUs: () => number | null;
  readonly onProblem: (problem: string) => void;
  /** One more segment is in the store: the time to say so in the status. */
  readonly onWritten: () => void;
  readonly limits?: Partial<SegmentLimits>;
}

export interface SegmentLimits {
  /** A segment is cut at this size; a cell that is larger alone makes one of its own. */
  readonly segmentBytes: number;
  /** Cells that wait for a store that does not answer, different ones after merging. Past it the oldest are lost. */
  readonly waitingCells: number;
}

const LIMITS: SegmentLimits = { segmentBytes: 1024 * 1024, waitingCells: 4096 };

interface Sealed {
  readonly sequence: number;
  readonly key: string;
  readonly bytes: Uint8Array;
}

/**
 * Writes what a recorder counted, every interval, one object each, never overwritten. A segment that a store did not take is written again as it is, byte by
 * byte under the same key: a write that failed after its effect does no harm. What is counted meanwhile is merged and follows. So the sequence of a run has no
 * gap, unless the store was away so long that counts were lost; then one number is left out, and readers see that something is missing.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #limits: SegmentLimits;
  readonly #timer: NodeJS.Timeout;
  #waiting: readonly EvidenceCell[] = [];
  #sealed: Sealed | null = null;
  #nextSequence = 1;
  #written = 0;
  #fromWallMs: number;
  #toWallMs: number;
  #work: Promise<void> | null = null;
  /** Cells that were lost, over the life of the process. */
  lost = 0;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#fromWallMs = options.wallNow();
    this.#toWallMs = this.#fromWallMs;
    options.recorder.onFull = () => void this.write();
    this.#timer = setInterval(() => void this.write(), options.intervalMs);
  }

  /** The last segment that is in the store. */
  get evidence(): { readonly run: string; readonly sequence: number } {
    return { run: this.#options.run, sequence: this.#written };
  }

  /** Cells that are counted and not written yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes what was counted, at once; resolves when it is in the store, or after one try where the store fails. Never throws. */
  write(): Promise<void> {
    this.#take();
    this.#work ??= this.#writeAll().finally(() => {
      this.#work = null;
    });
    return this.#work;
  }

  /** Writes what is left, with one more try. To be called when nobody counts any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
    // What was taken while the last write was under way has been written with it, or has failed with it.
    if (this.#waiting.length > 0 || this.#sealed !== null) await this.write();
  }

  #take(): void {
    const fresh = this.#options.recorder.take();
    if (fresh.length === 0) return;
    this.#waiting = this.#waiting.length === 0 ? fresh : mergeCells([...this.#waiting, ...fresh]);
    const tooMany = this.#waiting.length - this.#limits.waitingCells;
    if (tooMany <= 0) return;
    this.#waiting = this.#waiting.slice(tooMany);
    this.lost += tooMany;
    this.#nextSequence += 1;
    this.#options.onProblem(`${tooMany} cells of evidence were lost: the store has taken none for too long`);
  }

  async #writeAll(): Promise<void> {
    const { store, onProblem, onWritten } = this.#options;
    for (let next = this.#seal(); next !== null; next = this.#seal()) {
      try {
        await store.write(next.key, next.bytes, { ifAbsent: true });
      } catch (error) {
        // There already: an earlier try had its effect before it failed.
        if (!(isSignalboxError(error) && error.code === 'store/conflict')) {
          onProblem(error instanceof Error ? error.message : String(error));
          return;
        }
      }
      this.#sealed = null;
      this.#written = next.sequence;
      onWritten();
    }
  }

  /** The segment to write next; null when there is nothing to write. */
  #seal(): Sealed | null {
    if (this.#sealed !== null || this.#waiting.length === 0) return this.#sealed;
    const cells = this.#firstThatFit();
    this.#waiting = this.#waiting.slice(cells.length);
    const sequence = this.#nextSequence;
    this.#nextSequence += 1;
    const { environment, pod, run, eventNowUs } = this.#options;
    const toWallMs = this.#endWallMs();
    const segment = { schema: 'signalbox/evidence-segment/2', environment, pod, run, sequence } as const;
    const times = { fromWallMs: this.#fromWallMs, toWallMs, eventNowUs: eventNowUs() ?? 0 };
    const bytes = Buffer.from(JSON.stringify({ ...segment, ...times, cells } satisfies EvidenceSegment));
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    this.#sealed = { sequence, bytes, key: segmentKey({ environment, pod, run, sequence, toWallMs, digest }) };
    if (this.#waiting.length === 0) this.#fromWallMs = toWallMs;
    return this.#sealed;
  }

  /** A wall clock that is set back makes no segment that ends before another. */
  #endWallMs(): number {
    this.#toWallMs = Math.max(this.#toWallMs, this.#options.wallNow());
    return this.#toWallMs;
  }

  #firstThatFit(): readonly EvidenceCell[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((cell, at) => {
      bytes += JSON.stringify(cell).length;
      return at > 0 && bytes > this.#limits.segmentBytes;
    });
    return end < 0 ? this.#waiting : this.#waiting.slice(0, end);
  }
}
