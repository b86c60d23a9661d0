import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestJson, type RolloutManifest } from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { type AllowedPackage, TrustClient } from '@signalbox/serving/trust';
import {
  buildRoot,
  initialiseTrust,
  type KeySet,
  mintKeys,
  type Published,
  publish,
  type TrustPublisher,
} from '../../tools/trust/index.js';

const DAY_MS = 86_400_000;
export const ENVIRONMENT = 'prod';
export const MODEL = 'flight-delay';

/** Digests that are easy to tell apart in a failure. */
export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

export const PACKAGE_A: AllowedPackage = { model: MODEL, digest: digestOf('a'), sizeBytes: 1000 };
export const PACKAGE_B: AllowedPackage = { model: MODEL, digest: digestOf('b'), sizeBytes: 2000 };

/** A valid manifest that serves package A as version 1. */
export function manifestOf(serial: number, changes: Partial<RolloutManifest> = {}): RolloutManifest {
  return {
    schema: 'signalbox/rollout-manifest/2',
    environment: ENVIRONMENT,
    model: MODEL,
    serial,
    previous: null,
    commit: 'c'.repeat(40),
    clock: 'replay',
    packages: [{ version: 1, digest: PACKAGE_A.digest, sizeBytes: PACKAGE_A.sizeBytes, features: digestOf('f') }],
    champion: 1,
    previousChampion: null,
    candidate: null,
    candidateBuckets: 0,
    arms: [],
    segments: [],
    salt: 'salt',
    shadow: null,
    fallback: null,
    rule: null,
    limits: { timeoutMs: 100, priority: 'normal', costClass: null },
    rollout: { phase: 'live', step: 0, enteredAt: 0, desired: PACKAGE_A.digest, emergency: null, rejected: [] },
    ...changes,
  };
}

/** One environment with its keys and store in a temporary folder, and the clock that everyone but `tuf-js` looks at. */
export class TrustFixture {
  offsetMs = 0;
  timestampValidityMs = DAY_MS;
  readonly wallNow = (): number => Date.now() + this.offsetMs;

  readonly dir: string;
  readonly keys: KeySet;
  readonly rootBytes: Uint8Array;
  readonly store: BlobStore;

  private constructor(parts: Pick<TrustFixture, 'dir' | 'keys' | 'rootBytes' | 'store'>) {
    this.dir = parts.dir;
    this.keys = parts.keys;
    this.rootBytes = parts.rootBytes;
    this.store = parts.store;
  }

  static async create(): Promise<TrustFixture> {
    const dir = await mkdtemp(join(tmpdir(), 'signalbox-trust-'));
    const keys = await mintKeys({ dir: join(dir, 'keys'), environment: ENVIRONMENT });
    const rootBytes = buildRoot(keys, { nowMs: Date.now() });
    return new TrustFixture({ dir, keys, rootBytes, store: openBlobStore(join(dir, 'store')) });
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }

  publisher(changes: Partial<TrustPublisher> = {}): TrustPublisher {
    const { keys, rootBytes, store, timestampValidityMs, wallNow } = this;
    return { environment: ENVIRONMENT, keys, rootBytes, store, timestampValidityMs, wallNow, ...changes };
  }

  openClient(store: BlobStore = this.store): Promise<TrustClient> {
    const { rootBytes, wallNow } = this;
    return TrustClient.open({ store, environment: ENVIRONMENT, rootBytes, cacheDir: join(this.dir, 'pod'), wallNow });
  }

  initialise(): Promise<Published> {
    return initialiseTrust(this.publisher());
  }

  /** Publishes the next manifest of the model, with packages A and B allowed. */
  publishNext(current: Published, changes: Partial<RolloutManifest> = {}): Promise<Published> {
    return publish(this.publisher(), current, nextOf(current, changes));
  }

  /** The store's trust folder, by file name (below it), as it is now. */
  async files(): Promise<Map<string, Buffer>> {
    const files = new Map<string, Buffer>();
    for (const entry of await readdir(this.trustDir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(path.slice(this.trustDir.length + 1), await readFile(path));
    }
    return files;
  }

  /** What someone with write access to the store does. */
  overwrite(name: string, bytes: Uint8Array | string): Promise<void> {
    return writeFile(join(this.trustDir, name), bytes);
  }

  /** Copies the store aside, and answers how to put it back. */
  async checkpoint(): Promise<() => Promise<void>> {
    const aside = await mkdtemp(join(this.dir, 'checkpoint-'));
    const live = join(this.dir, 'store');
    await cp(live, aside, { recursive: true });
    return async () => {
      await rm(live, { recursive: true, force: true });
      await cp(aside, live, { recursive: true });
    };
  }

  get trustDir(): string {
    return join(this.dir, 'store', 'tuf', ENVIRONMENT);
  }
}

/** The publication that follows `current`: one serial on. */
export function nextOf(current: Published, changes: Partial<RolloutManifest> = {}) {
  const before = current.manifests.get(MODEL);
  const manifest = manifestOf((before?.serial ?? 0) + 1, { previous: before ? digestJson(before) : null, ...changes });
  const manifests = new Map(current.manifests).set(MODEL, manifest);
  return { manifests, allowedPackages: [PACKAGE_A, PACKAGE_B] };
}
