import { isSignalboxError, type ManifestPackage, type RolloutManifest } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { MAX_DECISIONS, readDecisions } from '../pass/kept-reasons.js';
import { isSamePackage } from '../reconcile/index.js';
import { lapsesAgainstLive, refusedGate, type Wanted } from '../waits/index.js';

/** What an environment has published of a model, as far as it is kept. */
export interface Former {
  /** What is published and what was before it, newest first. */
  readonly manifests: readonly RolloutManifest[];
  /** What nobody can tell of the time before them, as a sentence; null: they go back to the first. */
  readonly gap: string | null;
}

const NOTHING: Former = { manifests: [], gap: null };

/** A chain never changes under the digest at its head, and many passes ask the same; one with a hole may be mended. */
const known = new WeakMap<RolloutManifest, Former>();

/** Never throws for what the store cannot say: what is not known to have been live is asked what is asked of anything new. */
export async function formerOf(store: Pick<BlobStore, 'read'>, current: RolloutManifest | null): Promise<Former> {
  if (current === null) return NOTHING;
  const found = known.get(current) ?? (await readFormer(store, current));
  if (found.gap === null || found.manifests.length === MAX_DECISIONS) known.set(current, found);
  return found;
}

async function readFormer(store: Pick<BlobStore, 'read'>, current: RolloutManifest): Promise<Former> {
  try {
    const decisions = await readDecisions(store, current, () => true);
    const manifests = [current, ...decisions.slice(1).map(({ manifest }) => manifest)];
    const { previous, serial } = manifests.at(-1)!;
    if (previous === null) return { manifests, gap: null };
    const why =
      manifests.length === MAX_DECISIONS
        ? `no more than ${MAX_DECISIONS} decisions are read`
        : `the decision for serial ${decisions.length === 0 ? serial : serial - 1} is not kept`;
    return { manifests, gap: `whether it was live here before serial ${serial} is not known: ${why}` };
  } catch (error) {
    if (!isSignalboxError(error)) throw error;
    return { manifests: [current], gap: `whether it was live here before cannot be read: ${error.message}` };
  }
}

/** Git says what was asked for; only manifests say what was live, each package by its number. */
export function wasLiveIn({ manifests }: Former, named: Pick<ManifestPackage, 'digest' | 'version'>): boolean {
  return manifests.some(({ champion, packages, previousChampion }) =>
    packages.some((one) => isSamePackage(one, named) && [champion, previousChampion].includes(one.version)),
  );
}

/** The feature definitions of what was live; the decisions before what is published are read only where those of `wanted` are not among its own. */
export async function servedFeatures(
  store: Pick<BlobStore, 'read'>,
  current: RolloutManifest | null,
  wanted: readonly string[],
): Promise<ReadonlySet<string>> {
  if (current === null) return new Set();
  const now = featuresOfLive([current]);
  return wanted.every((one) => now.has(one)) ? now : featuresOfLive((await formerOf(store, current)).manifests);
}

const featuresOfLive = (manifests: readonly RolloutManifest[]): ReadonlySet<string> =>
  new Set(
    manifests.flatMap(({ champion, packages, previousChampion }) =>
      packages.flatMap(({ features, version }) => ([champion, previousChampion].includes(version) ? [features] : [])),
    ),
  );

type New = Pick<Wanted, 'environment' | 'head' | 'model' | 'published' | 'record'> & {
  readonly version: number;
  /** The package that the number named first, where it names another one now. */
  readonly reusedFrom: string | null;
};

/**
 * Whether a version that is new here was live here before, and what nobody can tell of that. Looked up only where something is asked of what never was:
 * the usual pass reads no decision.
 */
export async function standingBefore(
  store: Pick<BlobStore, 'read'>,
  wanted: New,
): Promise<{ readonly wasLive: boolean; readonly unknown: string | null }> {
  const current = wanted.published.get(wanted.model) ?? null;
  if (current === null || !isAskedOfNew(wanted)) return { wasLive: false, unknown: null };
  const former = await formerOf(store, current);
  const wasLive = wasLiveIn(former, { version: wanted.version, digest: wanted.record.package.digest });
  return { wasLive, unknown: wasLive ? null : former.gap };
}

function isAskedOfNew(wanted: New): boolean {
  const { environment, head, published, record, reusedFrom } = wanted;
  const settings = head.workspace.environments.get(environment)!.environment;
  const against = { environment, model: wanted.model, published, workspace: head.workspace };
  return (
    reusedFrom !== null ||
    settings.promotesFrom !== undefined ||
    refusedGate(record) !== null ||
    lapsesAgainstLive(record, against).length > 0
  );
}

/** The serials at which the emergency stood that stands now: it may have been published anew since it was signed. */
export function emergencySerials({ manifests }: Former): readonly number[] {
  const signedAt = manifests[0]?.rollout.emergency?.atMs;
  const since = manifests.findIndex(({ rollout }) => rollout.emergency?.atMs !== signedAt);
  const standing = since === -1 ? manifests : manifests.slice(0, since);
  return signedAt === undefined ? [] : standing.map(({ serial }) => serial);
}
