import type { RolloutManifest } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import type { AllowedPackage, RepositoryBytes, VerifiedRepository } from '@signalbox/serving/trust';
import type { KeySet } from './keys.js';

/** Whoever reads what is published: `rootBytes` is `releases/<env>/root.json`. */
export interface TrustReader {
  readonly store: BlobStore;
  readonly environment: string;
  readonly rootBytes: Uint8Array;
}

/** Whoever signs as well. */
export interface TrustPublisher extends TrustReader {
  readonly keys: KeySet;
  /** Epoch milliseconds. */
  readonly wallNow: () => number;
  readonly timestampValidityMs: number;
}

/** What an environment's pods shall see: all models, and every package that may run. */
export interface Publication {
  /** By model. */
  readonly manifests: ReadonlyMap<string, RolloutManifest>;
  readonly allowedPackages: readonly AllowedPackage[];
}

/** A verified state of the store. A publication names the one it was decided on, and fails if it is no longer the newest. */
export interface Published extends Publication {
  /** Of `timestamp.json`: the condition of the next publication. */
  readonly etag: string;
  readonly bytes: RepositoryBytes;
  readonly verified: VerifiedRepository;
}

export function publishedOf(state: Pick<Published, 'etag' | 'bytes' | 'verified'>): Published {
  const { allowed, manifests } = state.verified;
  return {
    ...state,
    allowedPackages: allowed,
    manifests: new Map([...manifests].map(([model, applied]) => [model, applied.manifest])),
  };
}
