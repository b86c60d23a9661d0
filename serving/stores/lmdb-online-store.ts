import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CompiledAggregateView, SignalboxError } from '@signalbox/contracts';
import { type Database, open, type RootDatabase } from 'lmdb';
import { storeUnavailable } from './fs-errors.js';
import type {
  OnlineCommit,
  OnlineKey,
  OnlineLoad,
  OnlineReading,
  OnlineStore,
  PartitionOffsets,
  RegisteredView,
} from './online-store.js';

/** Longer entity keys are stored by their digest: LMDB keys end at 1978 bytes. */
const MAX_PLAIN_KEY_CHARACTERS = 400;
/** Processes that may read at once; LMDB's own default is 126. */
const MAX_READERS = 1024;
const FIRST_BUFFER_BYTES = 16 * 1024;

interface ViewEntry {
  /** Prefix of the view's keys: a small number instead of a digest of 71 characters in every key. */
  readonly id: number;
  readonly view: CompiledAggregateView;
  readonly loadedUntilUs: number | null;
}

/**
 * The online store in an LMDB environment: one writer, readers in any number of processes without locks, each read from the newest commit.
 * `tiles` maps `<view id>:<entity key>` to a value; `state` maps a view digest to its entry (JSON) and `@<digest>` to its offsets.
 */
export class LmdbOnlineStore implements OnlineStore {
  readonly #root: RootDatabase<Uint8Array, string>;
  readonly #tiles: Database<Uint8Array, string>;
  readonly #state: Database<Uint8Array, string>;
  readonly #path: string;
  readonly #ids = new Map<string, number>();
  /** One buffer a position of a read, reused by the next read: values are a few kilobytes, and a read allocates nothing for them. */
  readonly #buffers: Buffer[] = [];
  readonly #offsets = new Map<string, { text: string; parsed: PartitionOffsets }>();

  constructor(folder: string, options: { readonly readOnly?: boolean } = {}) {
    this.#path = resolve(folder);
    try {
      mkdirSync(this.#path, { recursive: true });
      if (options.readOnly && !existsSync(join(this.#path, 'data.mdb'))) createEmpty(this.#path);
      const { root, tiles, state } = openDatabases(this.#path, options.readOnly ?? false);
      this.#root = root;
      this.#tiles = tiles;
      this.#state = state;
    } catch (error) {
      throw storeUnavailable(error, `open the online store ${this.#path}`);
    }
  }

  read(keys: readonly OnlineKey[]): OnlineReading {
    try {
      // Otherwise the snapshot of an earlier read in this event turn would hide newer commits.
      this.#root.resetReadTxn();
      const values = new Array<Uint8Array | null>(keys.length);
      const offsets = new Array<PartitionOffsets | null>(keys.length);
      for (let i = 0; i < keys.length; i++) {
        const { view, entityKey } = keys[i]!;
        const id = this.#viewId(view);
        values[i] = id === null ? null : this.#value(tileKey(id, entityKey), i);
        offsets[i] = this.#appliedOffsets(view);
      }
      return { values, offsets };
    } catch (error) {
      throw storeUnavailable(error, `read the online store ${this.#path}`);
    }
  }

  appliedOffsets(view: string): PartitionOffsets | null {
    this.#root.resetReadTxn();
    return this.#appliedOffsets(view);
  }

  async commit({ view, writes, from, offsets }: OnlineCommit): Promise<void> {
    this.#writing(() => {
      const id = this.#viewId(view);
      if (id === null || !sameOffsets(this.#appliedOffsets(view), from)) throw moved(view);
      for (const { entityKey, value } of writes) this.#tiles.putSync(tileKey(id, entityKey), value);
      this.#putOffsets(view, offsets);
    });
  }

  async registerView(view: CompiledAggregateView, offsets: PartitionOffsets): Promise<void> {
    this.#writing(() => {
      if (this.#viewId(view.digest) !== null) return;
      this.#putEntry(view, null);
      this.#putOffsets(view.digest, offsets);
    });
  }

  async loadView(view: CompiledAggregateView, { writes, untilUs, offsets }: OnlineLoad): Promise<void> {
    this.#writing(() => {
      const old = this.#viewId(view.digest);
      const id = this.#putEntry(view, untilUs);
      if (old !== null) this.#removeTiles(old);
      for (const { entityKey, value } of writes) this.#tiles.putSync(tileKey(id, entityKey), value);
      this.#putOffsets(view.digest, offsets);
    });
  }

  async registeredViews(): Promise<readonly RegisteredView[]> {
    this.#root.resetReadTxn();
    return [...this.#entries()]
      .map(({ view, loadedUntilUs }) => ({ view, loadedUntilUs }))
      .sort((a, b) => (a.view.digest < b.view.digest ? -1 : 1));
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  #value(key: string, position: number): Uint8Array | null {
    const shared = this.#tiles.getBinaryFast(key);
    if (shared === undefined) return null;
    const sizeBytes = shared.length;
    let buffer = this.#buffers[position];
    if (buffer === undefined || buffer.length < sizeBytes) {
      buffer = Buffer.from(new ArrayBuffer(Math.max(FIRST_BUFFER_BYTES, 2 * sizeBytes)));
      this.#buffers[position] = buffer;
    }
    // The shared buffer is longer than its `length` says, so it is cut before it is copied.
    buffer.set(shared.subarray(0, sizeBytes));
    return buffer.subarray(0, sizeBytes);
  }

  #appliedOffsets(view: string): PartitionOffsets | null {
    const bytes = this.#state.getBinaryFast(`@${view}`);
    if (bytes === undefined) return null;
    const text = bytes.toString('latin1', 0, bytes.length);
    const known = this.#offsets.get(view);
    if (known !== undefined && known.text === text) return known.parsed;
    const parsed = JSON.parse(text) as PartitionOffsets;
    this.#offsets.set(view, { text, parsed });
    return parsed;
  }

  /** A view keeps its id for good, so ids are remembered. */
  #viewId(view: string): number | null {
    const known = this.#ids.get(view);
    if (known !== undefined) return known;
    const bytes = this.#state.getBinary(view);
    if (bytes === undefined) return null;
    const { id } = JSON.parse(bytes.toString('utf8')) as ViewEntry;
    this.#ids.set(view, id);
    return id;
  }

  *#entries(): Iterable<ViewEntry> {
    for (const { key, value } of this.#state.getRange())
      if (!key.startsWith('@')) yield JSON.parse(Buffer.from(value).toString('utf8')) as ViewEntry;
  }

  #putEntry(view: CompiledAggregateView, loadedUntilUs: number | null): number {
    const known = this.#viewId(view.digest);
    const id = known ?? Math.max(0, ...[...this.#entries()].map((entry) => entry.id)) + 1;
    this.#state.putSync(view.digest, Buffer.from(JSON.stringify({ id, view, loadedUntilUs } satisfies ViewEntry)));
    return id;
  }

  #putOffsets(view: string, offsets: PartitionOffsets): void {
    this.#state.putSync(`@${view}`, Buffer.from(JSON.stringify(offsets)));
  }

  #removeTiles(id: number): void {
    // ';' is the character after ':', so this is exactly the view's range.
    for (const key of this.#tiles.getKeys({ start: `${id}:`, end: `${id};` })) this.#tiles.removeSync(key);
  }

  #writing(work: () => void): void {
    try {
      this.#root.transactionSync(work);
    } catch (error) {
      this.#ids.clear();
      throw storeUnavailable(error, `write the online store ${this.#path}`);
    }
  }
}

function sameOffsets(a: PartitionOffsets | null, b: PartitionOffsets): boolean {
  const partitions = new Set([...Object.keys(a ?? {}), ...Object.keys(b)].map(Number));
  return a !== null && [...partitions].every((partition) => (a[partition] ?? 0) === (b[partition] ?? 0));
}

function moved(view: string): SignalboxError {
  return new SignalboxError('store/conflict', `the view ${view} does not stand where this batch was computed from`, {
    hint: 'It was backfilled, or a second materializer writes: read it again and retry.',
    retryable: true,
  });
}

function tileKey(id: number, entityKey: string): string {
  if (entityKey.length <= MAX_PLAIN_KEY_CHARACTERS) return `${id}:${entityKey}`;
  return `${id}:#${createHash('sha256').update(entityKey).digest('hex')}`;
}

function openDatabases(path: string, readOnly: boolean) {
  const root = open<Uint8Array, string>({
    path,
    // A folder name with a dot would otherwise be taken for a file.
    noSubdir: false,
    readOnly,
    encoding: 'binary',
    maxReaders: MAX_READERS,
  });
  const database = (name: string) => root.openDB<Uint8Array, string>({ name, encoding: 'binary' });
  return { root, tiles: database('tiles'), state: database('state') };
}

/** A reader that starts before the first writer finds an empty store instead of an error. */
function createEmpty(path: string): void {
  const { root } = openDatabases(path, false);
  root.transactionSync(() => {});
  void root.close();
}
