import type { Readable } from 'node:stream';
import { SignalboxError } from '@signalbox/contracts';
import type { BlobStore, ReadLimits, StoredObject, WriteCondition } from '@signalbox/serving/stores';

interface Faults {
  /** The operation (from 1) that fails and all after it, as when a connection is cut. Null: none. */
  readonly failsAt: number | null;
  /** A write that fails may still have been done: its answer got lost. */
  readonly afterTheWrite?: boolean;
}

/** A store in front of another that counts reads and writes, and is cut off at the n-th. */
export class CountingStore implements BlobStore {
  operations = 0;
  private readonly inner: BlobStore;
  private readonly faults: Faults;

  constructor(inner: BlobStore, faults: Faults = { failsAt: null }) {
    this.inner = inner;
    this.faults = faults;
  }

  async read(key: string, limits?: ReadLimits): Promise<StoredObject | null> {
    this.count();
    return this.inner.read(key, limits);
  }

  async readIfChanged(key: string, etag: string | null, limits?: ReadLimits) {
    this.count();
    return this.inner.readIfChanged(key, etag, limits);
  }

  async write(key: string, bytes: Uint8Array | string, condition?: WriteCondition) {
    if (!this.faults.afterTheWrite) this.count();
    const written = await this.inner.write(key, bytes, condition);
    if (this.faults.afterTheWrite) this.count();
    return written;
  }

  openRead(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    return this.inner.openRead(key, range);
  }

  writeFile(key: string, path: string, condition?: WriteCondition): Promise<void> {
    return this.inner.writeFile(key, path, condition);
  }

  localPath(key: string): Promise<string> {
    return this.inner.localPath(key);
  }

  list(prefix: string) {
    return this.inner.list(prefix);
  }

  listNames(prefix: string) {
    return this.inner.listNames(prefix);
  }

  remove(key: string): Promise<void> {
    return this.inner.remove(key);
  }

  private count(): void {
    this.operations += 1;
    const { failsAt } = this.faults;
    if (failsAt !== null && this.operations >= failsAt) throw new SignalboxError('store/unavailable', 'cut');
  }
}
