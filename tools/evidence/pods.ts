import type { BlobStore } from '@signalbox/serving/stores';

/** The names of all pods that ever wrote to an environment. */
export async function podsOf(store: Pick<BlobStore, 'listNames'>, environment: string): Promise<readonly string[]> {
  const names = await store.listNames(`evidence/${environment}/`);
  return names.filter((name) => name.endsWith('/')).map((name) => name.slice(0, -1));
}
