import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fetcher } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import type { BlobStore } from '../stores/index.js';
import { readCapped } from './read-capped.js';
import { Refusal } from './refusal.js';

/** `tuf-js` wants URLs; these never leave the process (RFC 2606 reserves `.invalid`). */
const ORIGIN = 'https://store.invalid';

export const fetchBase = (prefix: string): string => `${ORIGIN}/${prefix}`;

/**
 * Lets `tuf-js` read from a blob store. The caps that it passes act inside the store's read. It keeps what it delivered and how the
 * store failed, because `tuf-js` wraps errors and forgets the roots that it walks through.
 */
export class StoreFetcher implements Fetcher {
  /** By URL path below the prefix, such as `2.root.json`. */
  readonly delivered = new Map<string, Uint8Array>();
  storeFailure: Refusal | null = null;

  constructor(
    private readonly store: BlobStore,
    private readonly options: {
      readonly prefix: string;
      readonly workDir: string;
      /** Bytes that were already read, by the same names as `delivered`. */
      readonly known: ReadonlyMap<string, Uint8Array>;
    },
  ) {}

  async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const name = this.nameOf(url);
    const bytes = this.options.known.get(name) ?? (await this.read(name, maxLength));
    if (bytes === null) throw new DownloadHTTPError(`${name} is not in the store`, 404);
    this.delivered.set(name, bytes);
    return Buffer.from(bytes);
  }

  async downloadFile<T>(url: string, maxLength: number, handler: (file: string) => Promise<T>): Promise<T> {
    const bytes = await this.downloadBytes(url, maxLength);
    const file = join(this.options.workDir, randomUUID());
    try {
      await writeFile(file, bytes);
      return await handler(file);
    } finally {
      await rm(file, { force: true });
    }
  }

  private nameOf(url: string): string {
    const base = `${fetchBase(this.options.prefix)}/`;
    if (!url.startsWith(base)) throw new Refusal(`metadata leads outside the repository: ${url}`);
    return decodeURIComponent(url.slice(base.length));
  }

  private async read(name: string, maxBytes: number): Promise<Uint8Array | null> {
    try {
      const found = await readCapped(this.store, `${this.options.prefix}/${name}`, maxBytes);
      return found?.bytes ?? null;
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'store') this.storeFailure = error;
      throw error;
    }
  }
}
