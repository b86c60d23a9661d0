import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { systemCode } from './fs-errors.js';
import { FRAME_HEADER_BYTES, type FrameHeader, parseFrameHeader, payloadMatches } from './log-frame.js';

/** One frame that is there for good: all frames of its append are on disk. */
export interface IndexedFrame extends FrameHeader {
  readonly segment: Segment;
  /** Where its payload starts in the segment file. */
  readonly position: number;
}

export interface Segment {
  readonly path: string;
  readonly fd: number;
  readonly baseOffset: number;
  /** End of the last whole append that was indexed, in bytes. */
  indexedBytes: number;
}

const SEGMENT_NAME = /^[0-9]{20}\.log$/;

/** Segments are named by the offset of their first event, so the next segment's name is known in advance. */
export function segmentName(baseOffset: number): string {
  return `${String(baseOffset).padStart(20, '0')}.log`;
}

/**
 * The frames of one partition, in order, grown by `refresh`. Only appends that are there whole are indexed. A crash of the machine can tear only the
 * newest append (each is flushed before the next is written), so only that one's payload is checked here; payloads are checked again when read.
 */
export class SegmentIndex {
  readonly frames: IndexedFrame[] = [];
  readonly #segments: Segment[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Exclusive end of what is indexed. */
  get endOffset(): number {
    const last = this.frames.at(-1);
    return last ? last.baseOffset + last.count : 0;
  }

  get activeSegment(): Segment | undefined {
    return this.#segments.at(-1);
  }

  refresh(): void {
    if (this.#segments.length === 0) this.#openAll();
    else this.#index(this.#segments.at(-1)!, true);
    while (this.#segments.length > 0 && this.#openNext());
  }

  /** The frame that holds `offset`, as an index into `frames`; `frames.length` where none does. */
  frameAt(offset: number): number {
    return lowerBound(this.frames, (frame) => frame.baseOffset + frame.count > offset);
  }

  /** The first frame with an arrival after `arrivalTs`, as an index into `frames`. */
  firstFrameAfter(arrivalTs: number): number {
    return lowerBound(this.frames, (frame) => frame.lastArrival > arrivalTs);
  }

  /** A checked payload. Errors: `store/corrupt`. */
  payload(frame: IndexedFrame): Buffer {
    const bytes = readAt(frame.segment.fd, frame.position, frame.payloadBytes);
    if (payloadMatches(frame, bytes)) return bytes;
    throw new SignalboxError('store/corrupt', `${frame.segment.path} is damaged at byte ${frame.position}`, {
      hint: 'Restore the event log from its copy, or start a new log and backfill the online store from a snapshot.',
    });
  }

  close(): void {
    for (const segment of this.#segments.splice(0)) closeSync(segment.fd);
    this.frames.length = 0;
  }

  #openAll(): void {
    const names = listIfThere(this.#folder).filter((name) => SEGMENT_NAME.test(name));
    for (const [i, name] of names.sort().entries()) this.#open(Number(name.slice(0, 20)), i === names.length - 1);
  }

  #openNext(): boolean {
    const next = this.endOffset;
    if (next === this.#segments.at(-1)!.baseOffset || !existsSync(join(this.#folder, segmentName(next)))) return false;
    this.#open(next, true);
    return true;
  }

  #open(baseOffset: number, newest: boolean): void {
    const path = join(this.#folder, segmentName(baseOffset));
    if (baseOffset !== this.endOffset) throw gap(path, this.endOffset);
    const segment = { path, fd: openSync(path, 'r'), baseOffset, indexedBytes: 0 };
    this.#segments.push(segment);
    this.#index(segment, newest);
  }

  #index(segment: Segment, newest: boolean): void {
    const appends = wholeAppends(segment);
    if (newest && appends.length > 0 && !appends.at(-1)!.every(isIntact)) appends.pop();
    for (const append of appends) this.frames.push(...append);
    const last = appends.at(-1)?.at(-1);
    if (last) segment.indexedBytes = last.position + last.payloadBytes;
  }
}

/** The appends after what is indexed whose every frame lies within the file; ends at the first byte that is no frame. */
function wholeAppends(segment: Segment): IndexedFrame[][] {
  const sizeBytes = fstatSync(segment.fd).size;
  const appends: IndexedFrame[][] = [];
  let append: IndexedFrame[] = [];
  for (let position = segment.indexedBytes; position + FRAME_HEADER_BYTES <= sizeBytes; ) {
    const header = parseFrameHeader(readAt(segment.fd, position, FRAME_HEADER_BYTES));
    if (header === null || position + FRAME_HEADER_BYTES + header.payloadBytes > sizeBytes) break;
    append.push({ ...header, segment, position: position + FRAME_HEADER_BYTES });
    position += FRAME_HEADER_BYTES + header.payloadBytes;
    if (!header.lastOfAppend) continue;
    appends.push(append);
    append = [];
  }
  return appends;
}

function isIntact(frame: IndexedFrame): boolean {
  return payloadMatches(frame, readAt(frame.segment.fd, frame.position, frame.payloadBytes));
}

function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  const got = readSync(fd, bytes, 0, length, position);
  return got === length ? bytes : bytes.subarray(0, got);
}

/** First index for which `holds` is true, where it is false before and true after. */
export function lowerBound<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function listIfThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function gap(path: string, expected: number): SignalboxError {
  return new SignalboxError('store/corrupt', `the segment before ${path} ends at offset ${expected}`, {
    hint: 'A segment of the event log is missing or cut: restore it from its copy.',
  });
}
