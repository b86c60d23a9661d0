import { type BlobStore, blobKey } from '@signalbox/serving/stores';

/** The OCI manifest of a package is small; more is not one. */
const MAX_MANIFEST_BYTES = 4_000_000;

/** Which packages lie in the artifact store of an environment. What was found is not looked for again: nothing takes a package away that is named by its content. */
export class PackageStock {
  readonly #store: Pick<BlobStore, 'read'>;
  readonly #found = new Set<string>();

  constructor(store: Pick<BlobStore, 'read'>) {
    this.#store = store;
  }

  /** Errors: `store/…`. */
  async has(digest: string): Promise<boolean> {
    if (this.#found.has(digest)) return true;
    const found = (await this.#store.read(blobKey(digest), { maxBytes: MAX_MANIFEST_BYTES })) !== null;
    if (found) this.#found.add(digest);
    return found;
  }
}
