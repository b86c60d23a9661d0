import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { encodeAppend, type StampedEvent } from './log-frame.js';
import { SegmentIndex, segmentName } from './log-segments.js';

/** Opens one partition for appending: cuts a torn tail, then continues at the end. Only the process that holds the log's writer lock may. */
export class PartitionWriter {
  #endOffset: number;
  #lastArrival: number;
  #sizeBytes: number;
  #handle: FileHandle | null;
  /** A failed append whose bytes could not be taken back: nothing may be written behind them. */
  #broken = false;
  readonly #folder: string;
  readonly #segmentBytes: number;

  private constructor(at: { folder: string; segmentBytes: number; handle: FileHandle | null; index: SegmentIndex }) {
    this.#folder = at.folder;
    this.#segmentBytes = at.segmentBytes;
    this.#handle = at.handle;
    this.#endOffset = at.index.endOffset;
    this.#lastArrival = at.index.frames.at(-1)?.lastArrival ?? Number.NEGATIVE_INFINITY;
    this.#sizeBytes = at.index.activeSegment?.indexedBytes ?? 0;
  }

  static async open(folder: string, segmentBytes: number): Promise<PartitionWriter> {
    await mkdir(folder, { recursive: true });
    const index = new SegmentIndex(folder);
    try {
      index.refresh();
      const active = index.activeSegment;
      const handle = active ? await open(active.path, 'r+') : null;
      if (active && handle) await cutTail(handle, active.indexedBytes);
      return new PartitionWriter({ folder, segmentBytes, handle, index });
    } finally {
      index.close();
    }
  }

  /** No event may arrive before this. */
  get lastArrival(): number {
    return this.#lastArrival;
  }

  /** Durable when it resolves; when it rejects, nothing was added. */
  async append(events: readonly StampedEvent[]): Promise<void> {
    if (this.#broken) throw this.#tornTail();
    const bytes = encodeAppend(events, this.#endOffset);
    if (this.#handle === null || this.#sizeBytes >= this.#segmentBytes) await this.#roll();
    const handle = this.#handle!;
    try {
      await writeAt(handle, bytes, this.#sizeBytes);
      await handle.datasync();
    } catch (error) {
      await cutTail(handle, this.#sizeBytes).catch(() => {
        this.#broken = true;
      });
      throw error;
    }
    this.#sizeBytes += bytes.length;
    this.#endOffset += events.length;
    this.#lastArrival = events.at(-1)!.arrivalTs;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
  }

  async #roll(): Promise<void> {
    await this.close();
    this.#handle = await open(join(this.#folder, segmentName(this.#endOffset)), 'wx+');
    this.#sizeBytes = 0;
    const folder = await open(this.#folder, 'r');
    await folder.sync().finally(() => folder.close());
  }

  #tornTail(): SignalboxError {
    return new SignalboxError(
      'store/unavailable',
      `the event log in ${this.#folder} has a torn tail that could not be cut`,
      {
        hint: 'Make room on the disk and start again: the tail is cut when the log is opened.',
      },
    );
  }
}

/** One write call may write less than it was given. */
async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

async function cutTail(handle: FileHandle, sizeBytes: number): Promise<void> {
  const found = await handle.stat();
  if (found.size === sizeBytes) return;
  await handle.truncate(sizeBytes);
  await handle.datasync();
}
