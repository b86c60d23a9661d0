import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import type { EventLog, LoggedEvent, NewEvent } from './event-log.js';
import { acquireFileLock, type FileLock } from './file-lock.js';
import { guarded, storeUnavailable, systemCode } from './fs-errors.js';
import { decodeFrame, type StampedEvent } from './log-frame.js';
import { PartitionWriter } from './log-partition-writer.js';
import { type IndexedFrame, lowerBound, SegmentIndex } from './log-segments.js';

export interface LocalEventLogOptions {
  /** For topics that do not exist yet; a topic keeps the count it was made with. */
  readonly partitions?: number;
  /** A new segment file is begun after this size. */
  readonly segmentBytes?: number;
  /** Stamps arrivals, epoch microseconds. */
  readonly clockUs?: () => number;
  /** How long the first append waits for another writing process to end. */
  readonly lockWaitMs?: number;
}

const DEFAULT_SEGMENT_BYTES = 64 * 1024 * 1024;
const TOPIC = /^[A-Za-z0-9][A-Za-z0-9_-]{0,126}$/;

interface TopicMeta {
  readonly schema: 'signalbox/log-topic/1';
  readonly partitions: number;
}

interface Reader {
  readonly index: SegmentIndex;
  /** The last frame that was parsed: readers follow, and a small read often stays in one frame. */
  parsed: { readonly frame: IndexedFrame; readonly events: readonly LoggedEvent[] } | null;
}

/**
 * The event log as a folder: `<topic>/<partition>/<first offset>.log`. One process appends (it holds `.writer.lock` from its first append to
 * `close`), any number read and follow. Every append is flushed to the disk before it resolves.
 */
export class LocalEventLog implements EventLog {
  readonly #root: string;
  readonly #options: Required<LocalEventLogOptions>;
  readonly #metas = new Map<string, TopicMeta>();
  readonly #readers = new Map<string, Reader[]>();
  readonly #writers = new Map<string, PartitionWriter[]>();
  #lock: FileLock | null = null;
  #lastAppend: Promise<void> = Promise.resolve();

  constructor(root: string, options: LocalEventLogOptions = {}) {
    this.#root = resolve(root);
    this.#options = {
      partitions: options.partitions ?? 1,
      segmentBytes: options.segmentBytes ?? DEFAULT_SEGMENT_BYTES,
      clockUs: options.clockUs ?? (() => Date.now() * 1000),
      lockWaitMs: options.lockWaitMs ?? 2000,
    };
  }

  /** Appends run one after the other, in the order of the calls. */
  append(topic: string, events: readonly NewEvent[]): Promise<void> {
    const turn = this.#lastAppend.then(() =>
      guarded(`append to ${topic} in ${this.#root}`, () => this.#append(topic, events)),
    );
    this.#lastAppend = turn.catch(() => {});
    return turn;
  }

  async read(
    topic: string,
    partition: number,
    range: { readonly from: number; readonly max: number },
  ): Promise<readonly LoggedEvent[]> {
    return this.#reading(topic, () => {
      const reader = this.#reader(topic, partition);
      if (reader === null) return [];
      if (range.from + range.max > reader.index.endOffset) reader.index.refresh();
      return collect(reader, partition, range);
    });
  }

  async endOffsets(topic: string): Promise<readonly number[]> {
    return this.#reading(topic, () => this.#refreshed(topic).map((reader) => reader.index.endOffset));
  }

  async offsetAfterArrival(topic: string, partition: number, arrivalTs: number): Promise<number> {
    return this.#reading(topic, () => {
      const reader = this.#reader(topic, partition);
      if (reader === null) return 0;
      reader.index.refresh();
      const frame = reader.index.frames[reader.index.firstFrameAfter(arrivalTs)];
      if (frame === undefined) return reader.index.endOffset;
      return (
        frame.baseOffset + lowerBound(parsedEvents(reader, frame, partition), (event) => event.arrivalTs > arrivalTs)
      );
    });
  }

  async latestArrival(): Promise<number | null> {
    return this.#reading('all topics', () => {
      let latest: number | null = null;
      for (const topic of topicsIn(this.#root)) {
        for (const { index } of this.#refreshed(topic)) {
          const last = index.frames.at(-1)?.lastArrival;
          if (last !== undefined && (latest === null || last > latest)) latest = last;
        }
      }
      return latest;
    });
  }

  async close(): Promise<void> {
    await this.#lastAppend;
    for (const readers of this.#readers.values()) for (const { index } of readers) index.close();
    this.#readers.clear();
    for (const writers of this.#writers.values()) for (const writer of writers) await writer.close();
    this.#writers.clear();
    await this.#lock?.release();
    this.#lock = null;
  }

  async #append(topic: string, events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    const writers = await this.#openWriters(topic);
    const batches = assign(events, writers, this.#options.clockUs());
    for (const [partition, batch] of batches) await writers[partition]!.append(batch);
  }

  async #openWriters(topic: string): Promise<PartitionWriter[]> {
    const known = this.#writers.get(topic);
    if (known) return known;
    assertTopic(topic);
    if (this.#lock === null) {
      mkdirSync(this.#root, { recursive: true });
      const guards = `the event log ${this.#root}`;
      this.#lock = await acquireFileLock(join(this.#root, '.writer.lock'), {
        waitMs: this.#options.lockWaitMs,
        guards,
      });
    }
    const meta = this.#meta(topic) ?? (await this.#createTopic(topic));
    const writers: PartitionWriter[] = [];
    for (let partition = 0; partition < meta.partitions; partition++)
      writers.push(await PartitionWriter.open(join(this.#root, topic, String(partition)), this.#options.segmentBytes));
    this.#writers.set(topic, writers);
    return writers;
  }

  async #createTopic(topic: string): Promise<TopicMeta> {
    const meta: TopicMeta = { schema: 'signalbox/log-topic/1', partitions: this.#options.partitions };
    await mkdir(join(this.#root, topic), { recursive: true });
    const temporary = join(this.#root, topic, 'topic.json.tmp');
    const handle = await open(temporary, 'w');
    await handle.writeFile(JSON.stringify(meta));
    await handle.sync().finally(() => handle.close());
    await rename(temporary, join(this.#root, topic, 'topic.json'));
    return meta;
  }

  #meta(topic: string): TopicMeta | null {
    const known = this.#metas.get(topic);
    if (known) return known;
    try {
      const meta = JSON.parse(readFileSync(join(this.#root, topic, 'topic.json'), 'utf8')) as TopicMeta;
      this.#metas.set(topic, meta);
      return meta;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return null;
      throw error;
    }
  }

  #topicReaders(topic: string): Reader[] {
    const known = this.#readers.get(topic);
    if (known) return known;
    const meta = this.#meta(topic);
    if (meta === null) return [];
    const folder = (partition: number) => join(this.#root, topic, String(partition));
    const readers = Array.from({ length: meta.partitions }, (_, partition) => ({
      index: new SegmentIndex(folder(partition)),
      parsed: null,
    }));
    this.#readers.set(topic, readers);
    return readers;
  }

  #reader(topic: string, partition: number): Reader | null {
    return this.#topicReaders(topic)[partition] ?? null;
  }

  #refreshed(topic: string): Reader[] {
    const readers = this.#topicReaders(topic);
    for (const { index } of readers) index.refresh();
    return readers;
  }

  #reading<T>(topic: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeUnavailable(error, `read ${topic} in ${this.#root}`);
    }
  }
}

function collect(reader: Reader, partition: number, range: { readonly from: number; readonly max: number }) {
  const { frames } = reader.index;
  const events: LoggedEvent[] = [];
  for (let f = reader.index.frameAt(range.from); f < frames.length && events.length < range.max; f++) {
    const frame = frames[f]!;
    const first = Math.max(0, range.from - frame.baseOffset);
    const inFrame = parsedEvents(reader, frame, partition);
    const end = Math.min(inFrame.length, first + range.max - events.length);
    for (let i = first; i < end; i++) events.push(inFrame[i]!);
  }
  return events;
}

function parsedEvents(reader: Reader, frame: IndexedFrame, partition: number): readonly LoggedEvent[] {
  if (reader.parsed?.frame !== frame)
    reader.parsed = { frame, events: decodeFrame(frame, reader.index.payload(frame), partition) };
  return reader.parsed.events;
}

/** Events by partition, in order, stamped. Refuses the whole call when an arrival would fall. */
function assign(events: readonly NewEvent[], writers: readonly PartitionWriter[], nowUs: number) {
  const batches = new Map<number, StampedEvent[]>();
  const last = writers.map((writer) => writer.lastArrival);
  for (const { eventTs, arrivalTs, key, row } of events) {
    const partition = writers.length === 1 ? 0 : hash32(key) % writers.length;
    const stamped = { eventTs, arrivalTs: arrivalTs ?? Math.max(nowUs, last[partition]!), row };
    assertTimes(stamped, last[partition]!);
    last[partition] = stamped.arrivalTs;
    const batch = batches.get(partition);
    if (batch) batch.push(stamped);
    else batches.set(partition, [stamped]);
  }
  return batches;
}

function assertTimes({ eventTs, arrivalTs }: StampedEvent, lastArrival: number): void {
  if (!Number.isSafeInteger(eventTs) || !Number.isSafeInteger(arrivalTs)) {
    throw new SignalboxError(
      'input/bad-data',
      `event and arrival times must be whole epoch microseconds, got ${eventTs} and ${arrivalTs}`,
    );
  }
  if (arrivalTs >= lastArrival) return;
  throw new SignalboxError(
    'input/bad-data',
    `an event that arrived at ${arrivalTs} µs cannot follow one that arrived at ${lastArrival} µs in the same partition`,
    { hint: 'Append events in the order of their arrival; a replay starts from an empty log.' },
  );
}

/** FNV-1a over UTF-16 units: spreads keys, and never changes, because a key must stay in its partition. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function assertTopic(topic: string): void {
  if (TOPIC.test(topic)) return;
  throw new SignalboxError('input/bad-argument', `${JSON.stringify(topic)} is not a topic name`, {
    hint: 'Use letters, digits, hyphens and underscores; a topic is named after its source.',
  });
}

function topicsIn(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => TOPIC.test(name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
