import { SignalboxError } from '@signalbox/contracts';
import { manifestTarget, parseManifest, Refusal, readCapped, TRUST_LIMITS, targetKey } from '@signalbox/serving/trust';
import { readPublished } from '../../trust/index.js';
import type { LineageContext } from './context.js';
import type { ManifestFacts } from './facts.js';

export type ProvenManifest = Omit<ManifestFacts, 'release'>;

/**
 * The manifests of a model, newest first, as far back as the store has them. The newest is verified from the root down. Each names the digest of the one
 * before it, so those are as certain as it is, although their own signatures are gone.
 * Errors: `trust/unverified`, `store/unavailable`.
 */
export async function* manifestChain(
  { environment, store, trust }: LineageContext,
  model: string,
): AsyncGenerator<ProvenManifest, void> {
  const newest = (await readPublished(trust))?.verified.manifests.get(model);
  if (newest === undefined) return;
  yield { ...newest, proof: 'signed' };
  for (let previous = newest.manifest.previous; previous !== null; ) {
    const key = targetKey(environment, manifestTarget(model), previous.slice('sha256:'.length));
    const found = await readManifest({ store, key, model });
    if (found === null || found.digest !== previous) return;
    yield { ...found, proof: 'chained' };
    previous = found.manifest.previous;
  }
}

/** What is no manifest any more ends the chain like one that is gone. */
async function readManifest({ store, key, model }: { store: LineageContext['store']; key: string; model: string }) {
  try {
    const found = await readCapped(store, key, TRUST_LIMITS.manifestBytes);
    return found && parseManifest(model, found.bytes);
  } catch (error) {
    if (error instanceof Refusal && error.kind !== 'store') return null;
    if (!(error instanceof Refusal)) throw error;
    throw new SignalboxError('store/unavailable', error.message, { cause: error, retryable: true });
  }
}
