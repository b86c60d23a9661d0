import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import type { BlobStore, StoredObject } from '../stores/index.js';
import { type AppliedManifest, checkFloors, raiseFloors, type SerialFloor } from './check-manifests.js';
import { type Freshness, freshnessAt } from './freshness.js';
import { timestampKey } from './layout.js';
import { TRUST_LIMITS } from './limits.js';
import { readCappedIfChanged } from './read-capped.js';
import { messageOf, Refusal, type RefusalKind } from './refusal.js';
import { followRoots } from './signed-metadata.js';
import { loadTrustedState, saveTrustedState, type TrustedState } from './trusted-state.js';
import { tufUpdate } from './tuf-update.js';
import { type VerifiedRepository, verifyRepository } from './verify-repository.js';

export interface TrustClientOptions {
  readonly store: BlobStore;
  readonly environment: string;
  /** The pinned root: `releases/<env>/root.json`. The one thing that is trusted without proof. */
  readonly rootBytes: Uint8Array;
  /** The pod's own folder: what was applied, and the serial floors, survive restarts in it. */
  readonly cacheDir: string;
  /** Epoch milliseconds. */
  readonly wallNow: () => number;
}

export interface PollResult {
  /** `updated`: some manifest is new, changed or gone. `refused`: the last good state stays. */
  readonly status: 'unchanged' | 'updated' | 'refused';
  /** The last good state, by model, whatever the status. Empty before the first one. */
  readonly manifests: ReadonlyMap<string, RolloutManifest>;
  /** Why it was refused, in a sentence. */
  readonly reason: string | null;
  readonly refusal: {
    readonly kind: RefusalKind;
    readonly model: string | null;
    readonly serial: number | null;
  } | null;
  readonly freshness: Freshness;
}

interface Applied extends TrustedState {
  readonly verified: VerifiedRepository;
}

const NO_MANIFESTS: ReadonlyMap<string, AppliedManifest> = new Map();

/**
 * The pod's view of what is signed for its environment. `poll` never throws for anything that a store or an attacker can do: it
 * answers `refused`, and the last good state stays, in memory and on disk. One poll at a time.
 */
export class TrustClient {
  readonly environment: string;
  private readonly openedAtMs: number;
  private readonly statePath: string;
  private applied: Applied | null = null;
  private floors: ReadonlyMap<string, SerialFloor> = new Map();
  private checkedFullyAtMs = Number.NEGATIVE_INFINITY;
  /** What was refused last: the same bytes are not worked through again at every poll. */
  private refused: { readonly etag: string; readonly refusal: Refusal; readonly retryAtMs: number } | null = null;
  private inFlight: Promise<PollResult> | null = null;
  private cacheProblemText: string | null = null;

  private constructor(private readonly options: TrustClientOptions) {
    this.environment = options.environment;
    this.openedAtMs = options.wallNow();
    this.statePath = join(options.cacheDir, `trusted-${options.environment}.json`);
  }

  /**
   * Opens, and takes up what was applied before the restart once it is verified again; its expiry is left out, so a pod that
   * restarts while the signer is away still serves (`frozen` says so). Throws `trust/unverified` only for a broken pinned root.
   */
  static async open(options: TrustClientOptions): Promise<TrustClient> {
    assertRoot(options.rootBytes);
    const client = new TrustClient(options);
    await mkdir(options.cacheDir, { recursive: true });
    await client.removeLeftovers();
    await client.restore();
    return client;
  }

  get manifests(): ReadonlyMap<string, RolloutManifest> {
    return new Map([...this.appliedManifests].map(([model, { manifest }]) => [model, manifest]));
  }

  /** Why the cached state was not taken up at the start, or null. */
  get cacheProblem(): string | null {
    return this.cacheProblemText;
  }

  freshness(): Freshness {
    const { openedAtMs, applied } = this;
    const verifiedAtMs = applied?.verifiedAtMs ?? null;
    const expiresAtMs = applied?.verified.expiresAtMs ?? null;
    return freshnessAt({ openedAtMs, verifiedAtMs, expiresAtMs }, this.options.wallNow());
  }

  /** Reads `timestamp.json` by its etag; unchanged costs no more than that read. */
  poll(): Promise<PollResult> {
    this.inFlight ??= this.pollOnce().finally(() => {
      this.inFlight = null;
    });
    return this.inFlight;
  }

  private get appliedManifests(): ReadonlyMap<string, AppliedManifest> {
    return this.applied?.verified.manifests ?? NO_MANIFESTS;
  }

  private async pollOnce(): Promise<PollResult> {
    try {
      return this.answer(await this.takeUp());
    } catch (error) {
      if (!(error instanceof Refusal))
        return this.answer('refused', new Refusal(messageOf(error), { cause: error, kind: 'store' }));
      return this.answer('refused', error);
    }
  }

  private async takeUp(): Promise<'unchanged' | 'updated'> {
    const { environment, store, wallNow } = this.options;
    const nowMs = wallNow();
    const refused = this.refused !== null && nowMs < this.refused.retryAtMs ? this.refused : null;
    const found = await readCappedIfChanged(store, timestampKey(environment), {
      etag: refused?.etag ?? this.applied?.etag ?? null,
      maxBytes: TRUST_LIMITS.timestampBytes,
    });
    if (found === null) throw nothingPublished(environment, this.applied !== null);
    if (found !== 'unchanged') return this.updateOrRemember(found, nowMs);
    if (refused) throw refused.refusal;
    return this.confirm(this.applied!, nowMs);
  }

  /** The store still has what is applied. */
  private async confirm(applied: Applied, nowMs: number): Promise<'unchanged' | 'updated'> {
    this.refused = null;
    if (applied.verified.expiresAtMs <= nowMs) {
      throw new Refusal(`nothing newer was signed, and this expired at ${isoOf(applied.verified.expiresAtMs)}`);
    }
    if (nowMs - this.checkedFullyAtMs < TRUST_LIMITS.fullRefreshMs) {
      this.applied = { ...applied, verifiedAtMs: nowMs };
      return 'unchanged';
    }
    return this.update({ bytes: applied.bytes.timestamp, etag: applied.etag }, nowMs);
  }

  private async updateOrRemember(timestamp: StoredObject, nowMs: number): Promise<'unchanged' | 'updated'> {
    try {
      const status = await this.update(timestamp, nowMs);
      this.refused = null;
      return status;
    } catch (error) {
      if (error instanceof Refusal && error.kind !== 'store') {
        this.refused = { etag: timestamp.etag, refusal: error, retryAtMs: nowMs + TRUST_LIMITS.refusedRetryMs };
      }
      throw error;
    }
  }

  private async update(timestamp: StoredObject, nowMs: number): Promise<'unchanged' | 'updated'> {
    const { cacheDir, environment, rootBytes, store } = this.options;
    const trusted = this.applied?.bytes ?? null;
    const workDir = await mkdtemp(join(cacheDir, WORK_PREFIX));
    try {
      const root = followRoots(rootBytes, trusted?.roots ?? []).bytes;
      const bytes = await tufUpdate({ store, environment, root, timestamp: timestamp.bytes, trusted, workDir });
      const verified = verifyRepository(bytes, { environment, pinnedRoot: rootBytes, expiryAtMs: nowMs });
      if (verified.manifests.size === 0) throw nothingPublished(environment, this.applied !== null);
      checkFloors(verified.manifests, this.floors);
      const floors = raiseFloors(this.floors, verified.manifests);
      const state = { environment, etag: timestamp.etag, verifiedAtMs: nowMs, bytes, floors };
      await saveTrustedState(this.statePath, state);
      const changed = !sameManifests(this.appliedManifests, verified.manifests);
      this.applied = { ...state, verified };
      this.floors = floors;
      this.checkedFullyAtMs = nowMs;
      return changed ? 'updated' : 'unchanged';
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }

  private answer(status: PollResult['status'], refusal: Refusal | null = null): PollResult {
    return {
      status,
      manifests: this.manifests,
      reason: refusal?.message ?? null,
      refusal: refusal && { kind: refusal.kind, model: refusal.model, serial: refusal.serial },
      freshness: this.freshness(),
    };
  }

  /** The cache is untrusted input as well: it is verified from the pinned root before anything of it is served. */
  private async restore(): Promise<void> {
    const { environment, rootBytes } = this.options;
    try {
      const state = await loadTrustedState(this.statePath);
      if (!state) return;
      if (state.environment !== environment) throw new Refusal(`it is of environment ${state.environment}`);
      this.floors = state.floors;
      const verified = verifyRepository(state.bytes, { environment, pinnedRoot: rootBytes, expiryAtMs: null });
      checkFloors(verified.manifests, state.floors);
      this.applied = { ...state, verified };
    } catch (error) {
      this.cacheProblemText = `the state from before the restart is not used: ${messageOf(error)}`;
    }
  }

  private async removeLeftovers(): Promise<void> {
    const names = await readdir(this.options.cacheDir);
    const leftovers = names.filter((name) => name.startsWith(WORK_PREFIX));
    await Promise.all(leftovers.map((name) => rm(join(this.options.cacheDir, name), { recursive: true, force: true })));
  }
}

const WORK_PREFIX = 'trust-update-';

const isoOf = (timeMs: number): string => new Date(timeMs).toISOString();

function assertRoot(rootBytes: Uint8Array): void {
  try {
    followRoots(rootBytes, []);
  } catch (cause) {
    throw new SignalboxError('trust/unverified', `the pinned root cannot be used: ${messageOf(cause)}`, {
      hint: 'Give the pod `releases/<env>/root.json` of the environment that it serves.',
      cause,
    });
  }
}

function nothingPublished(environment: string, hadSome: boolean): Refusal {
  if (hadSome) return new Refusal(`the published state of environment ${environment} is gone`);
  return new Refusal(`nothing has been published for environment ${environment} yet`, { kind: 'nothing-published' });
}

function sameManifests(
  before: ReadonlyMap<string, AppliedManifest>,
  after: ReadonlyMap<string, AppliedManifest>,
): boolean {
  return before.size === after.size && [...after].every(([model, { digest }]) => before.get(model)?.digest === digest);
}
