import { crc32 } from 'node:zlib';
import { SignalboxError } from '@signalbox/contracts';
import type { LoggedEvent, Scalar } from './event-log.js';

/**
 * The local log's unit on disk: a header of 48 bytes, then some events of equal columns as columnar JSON.
 *
 *   0 u32 magic      4 u32 flags (1: last frame of its append)   8 f64 offset of the first event   16 u32 events
 *  20 u32 payload bytes   24 f64 first arrival   32 f64 last arrival   40 u32 CRC-32 of the payload   44 u32 CRC-32 of bytes 0-43
 *
 * An append of a partition is one or more frames, the last one flagged; readers count only frames up to a flagged one, so an append is
 * there whole or not at all. Little-endian.
 */
export const FRAME_HEADER_BYTES = 48;
const MAGIC = 0x314c4253; // "SBL1"
const LAST_OF_APPEND = 1;
/** Bounds what a small read must parse, and spreads the header over enough events. */
export const MAX_FRAME_EVENTS = 1024;

export interface FrameHeader {
  readonly lastOfAppend: boolean;
  readonly baseOffset: number;
  readonly count: number;
  readonly payloadBytes: number;
  readonly firstArrival: number;
  readonly lastArrival: number;
  readonly payloadCrc: number;
}

/** An event with its times settled, before it has an offset. */
export interface StampedEvent {
  readonly eventTs: number;
  readonly arrivalTs: number;
  readonly row: Readonly<Record<string, Scalar>>;
}

interface Payload {
  readonly columns: readonly string[];
  readonly eventTs: readonly number[];
  readonly arrivalTs: readonly number[];
  /** One list a column. */
  readonly values: readonly (readonly Scalar[])[];
}

/** All frames of one append to one partition, ready to be written at once. Errors: `input/bad-data` for a value that JSON cannot hold. */
export function encodeAppend(events: readonly StampedEvent[], baseOffset: number): Buffer {
  const frames: Buffer[] = [];
  for (let from = 0; from < events.length; ) {
    const columns = Object.keys(events[from]!.row);
    let to = from + 1;
    while (to < events.length && to - from < MAX_FRAME_EVENTS && hasColumns(events[to]!.row, columns)) to++;
    const frame = { columns, events: events.slice(from, to), baseOffset: baseOffset + from };
    frames.push(encodeFrame(frame, to === events.length));
    from = to;
  }
  return Buffer.concat(frames);
}

function hasColumns(row: Readonly<Record<string, Scalar>>, columns: readonly string[]): boolean {
  let i = 0;
  for (const name in row) if (name !== columns[i++]) return false;
  return i === columns.length;
}

function encodeFrame(
  frame: { columns: readonly string[]; events: readonly StampedEvent[]; baseOffset: number },
  lastOfAppend: boolean,
): Buffer {
  const { columns, events, baseOffset } = frame;
  const payload: Payload = {
    columns,
    eventTs: events.map((event) => event.eventTs),
    arrivalTs: events.map((event) => event.arrivalTs),
    values: columns.map((name) => events.map((event) => assertScalar(event.row[name], name))),
  };
  const body = Buffer.from(JSON.stringify(payload));
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(lastOfAppend ? LAST_OF_APPEND : 0, 4);
  header.writeDoubleLE(baseOffset, 8);
  header.writeUInt32LE(events.length, 16);
  header.writeUInt32LE(body.length, 20);
  header.writeDoubleLE(events[0]!.arrivalTs, 24);
  header.writeDoubleLE(events.at(-1)!.arrivalTs, 32);
  header.writeUInt32LE(crc32(body), 40);
  header.writeUInt32LE(crc32(header.subarray(0, 44)), 44);
  return Buffer.concat([header, body]);
}

function assertScalar(value: Scalar | undefined, name: string): Scalar {
  const fine = typeof value === 'number' ? Number.isFinite(value) : value === null || isTextOrFlag(value);
  if (fine) return value as Scalar;
  throw new SignalboxError(
    'input/bad-data',
    `the event column ${name} must be a text, a finite number, a boolean or null, got ${String(value)}`,
    { hint: 'Leave a missing value out as null; NaN and Infinity are not values.' },
  );
}

const isTextOrFlag = (value: unknown): boolean => typeof value === 'string' || typeof value === 'boolean';

/** The header, or null where these bytes are not one (a torn or foreign tail). */
export function parseFrameHeader(bytes: Buffer): FrameHeader | null {
  if (bytes.length < FRAME_HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return null;
  if (crc32(bytes.subarray(0, 44)) !== bytes.readUInt32LE(44)) return null;
  return {
    lastOfAppend: (bytes.readUInt32LE(4) & LAST_OF_APPEND) !== 0,
    baseOffset: bytes.readDoubleLE(8),
    count: bytes.readUInt32LE(16),
    payloadBytes: bytes.readUInt32LE(20),
    firstArrival: bytes.readDoubleLE(24),
    lastArrival: bytes.readDoubleLE(32),
    payloadCrc: bytes.readUInt32LE(40),
  };
}

/** Whether the payload is the one that was written. */
export function payloadMatches(header: FrameHeader, payload: Buffer): boolean {
  return payload.length === header.payloadBytes && crc32(payload) === header.payloadCrc;
}

/** The events of a frame whose payload was checked. */
export function decodeFrame(header: FrameHeader, payload: Buffer, partition: number): LoggedEvent[] {
  const { columns, eventTs, arrivalTs, values } = JSON.parse(payload.toString('utf8')) as Payload;
  const events = new Array<LoggedEvent>(header.count);
  for (let i = 0; i < header.count; i++) {
    const row: Record<string, Scalar> = {};
    for (let c = 0; c < columns.length; c++) row[columns[c]!] = values[c]![i]!;
    events[i] = { partition, offset: header.baseOffset + i, eventTs: eventTs[i]!, arrivalTs: arrivalTs[i]!, row };
  }
  return events;
}
