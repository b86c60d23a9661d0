import { type ManifestPackage, type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import { asPublished } from '../desired/as-published.js';
import type { Head } from '../desired/desired.js';
import { holdsOf } from '../desired/holds.js';

type Rollout = RolloutManifest['rollout'];

/** Why a version that Git asks for does not serve, although nobody took it back in Git. */
export type Cause =
  | { readonly is: 'rejected'; readonly rejection: Rollout['rejected'][number] }
  | { readonly is: 'emergency'; readonly emergency: NonNullable<Rollout['emergency']> };

/** A version that Git asks for and that was taken out of service without Git. */
export interface TakenBack {
  readonly manifest: RolloutManifest;
  /** What Git asks for. */
  readonly version: number;
  readonly digest: string;
  /** The serial of the manifest that took it out of service, as far as the published one tells. */
  readonly since: number;
  /** What serves in its place. */
  readonly champion: ManifestPackage;
  readonly cause: Cause;
}

/** Null unless what is published stands against what the head asks for: what nobody asks for need not be taken back. */
export function takenBackOf(manifest: RolloutManifest | null, head: Head): TakenBack | null {
  if (manifest === null) return null;
  const { workspace } = asPublished(head, manifest);
  const { environment, model, rollout } = manifest;
  const version = workspace.environments.get(environment)?.releases.get(model)?.version;
  const digest = workspace.versions.get(model)?.get(version ?? 0)?.package.digest;
  const champion = manifest.packages.find((one) => one.version === manifest.champion);
  if (version === undefined || digest === undefined) return null;
  if (!champion) {
    throw new SignalboxError('internal/bug', `manifest ${manifest.serial} of ${model} lacks its champion's package`);
  }
  const taken = { manifest, version, digest, champion };
  if (rollout.emergency !== null && champion.digest !== digest) {
    // Who holds it wants something else, and may have asked for that already.
    if (isChampionHeld(head, manifest)) return null;
    return { ...taken, since: manifest.serial, cause: { is: 'emergency', emergency: rollout.emergency } };
  }
  const rejection = rollout.rejected.find((one) => one.digest === digest);
  if (rollout.phase !== 'rejected' || rejection === undefined) return null;
  return { ...taken, since: rejection.serial, cause: { is: 'rejected', rejection } };
}

/** Whether a hold names what serves. */
export function isChampionHeld(head: Head, { champion, environment, model, packages }: RolloutManifest): boolean {
  const digest = packages.find(({ version }) => version === champion)?.digest;
  return digest !== undefined && holdsOf(head, environment, model).has(digest);
}

/** For people. It may hold what pods said. */
export function reasonOf({ cause }: TakenBack): string {
  if (cause.is === 'rejected') return cause.rejection.reason;
  // It need not be what took out the version that Git asks for: a hold may have, or that version never served.
  return `by the emergency of ${cause.emergency.by} (${cause.emergency.reason})`;
}
