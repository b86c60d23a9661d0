import type { EnvironmentWorkspace, Release, RolloutManifest, VersionRecord } from '@signalbox/contracts';
import type { Head } from '../desired/head.js';
import type { Soak } from './soak.js';

/** What had to be looked up beside the documents of the head. */
export interface Background {
  /** Digests of rejected packages that a commit newer than their rejection promotes again. */
  readonly repromoted: ReadonlySet<string>;
  /** A commit ended the emergency release that is published. */
  readonly emergencyEnded: boolean;
  /** What commits say of an emergency or a rejection and decide nothing by, in sentences. */
  readonly saidInVain: readonly string[];
  /** This package was live here before, as manifests say; looked up only while what is live is held, or where something is asked of what never was. */
  readonly wasLive: boolean;
  /** Why it may have been live although nobody can tell, as a sentence; null: everything is known. */
  readonly unknownBefore: string | null;
  /** The release file has asked for this version before, and for something else since: so people say it, and nothing is decided by it. */
  readonly askedBefore: boolean;
  /** Other versions that the release file ever asked for, where nothing is published. */
  readonly otherVersions: readonly number[];
  /** Of the other versions that it names and that would be new here: those that were live here before. */
  readonly besideRanBefore: ReadonlySet<number>;
  /**
   * By version, of those that the release names and that are new here: the package that its number named first on the main branch, where it names another
   * one now that was never live here.
   */
  readonly reusedFrom: ReadonlyMap<number, string>;
  /** By version, of those that it names and that are not published here: the digests of packages that are not in the artifact store. */
  readonly missingPackages: ReadonlyMap<number, string>;
  /** How long it has been live where it must be live first; null where nothing asks for that. */
  readonly soak: Soak | null;
  /** The same by version, of the others that it names and that would be new here; empty where nothing asks for that. */
  readonly besideSoaks: ReadonlyMap<number, Soak>;
  /** What could not be looked up and why, in sentences: then the safe answer stands here. */
  readonly unread: readonly string[];
}

/** One version that Git asks for, with everything that may stand against its start. */
export interface Wanted {
  readonly head: Head;
  readonly environment: string;
  readonly settings: EnvironmentWorkspace;
  readonly model: string;
  readonly release: Release;
  readonly record: VersionRecord;
  /** What is published in this environment, by model. */
  readonly published: ReadonlyMap<string, RolloutManifest>;
  readonly background: Background;
  readonly wallNowMs: number;
}

/**
 * One kind of reason why a version may not start, or not move on. Pure. A sentence's end without running numbers, so that an unchanged reason reads
 * the same in every pass; empty: nothing stands against it.
 */
export type Wait = (wanted: Wanted) => readonly string[];

/** What the asked package is in the published rollout already. */
export function standing({ model, published, record }: Pick<Wanted, 'model' | 'published' | 'record'>) {
  const current = published.get(model);
  if (current === undefined) return 'first';
  const versionOf = new Map(current.packages.map(({ digest, version }) => [version, digest]));
  const { digest } = record.package;
  if (versionOf.get(current.champion) === digest) return 'live';
  if (current.candidate !== null && versionOf.get(current.candidate) === digest) return 'under way';
  if (current.previousChampion !== null && versionOf.get(current.previousChampion) === digest) return 'live before';
  return 'new';
}

/** What is asked of a version because it is new here, where nobody can tell whether it is. */
export const unlessUnknown = ({ unknownBefore }: Background): string =>
  unknownBefore === null ? '' : ` (${unknownBefore})`;
