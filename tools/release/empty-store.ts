import type { BlobStore } from '@signalbox/serving/stores';

export const EMPTY_STORE =
  'the artifact store holds nothing at all: nothing was ever written to it, or it is not the one that pods read (a folder that is not mounted here)';

/** A folder that is not mounted reads as one to which nothing was written. */
export const isEmptyStore = async (store: BlobStore): Promise<boolean> => (await store.listNames('')).length === 0;
