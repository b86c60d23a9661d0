import type { VersionRecord } from '@signalbox/contracts';
import { recordPath } from '../desired/head.js';
import { alsoNamed } from './beside.js';
import { unlessUnknown, type Wait, type Wanted } from './wanted.js';

/**
 * A version number and a package belong together for ever: pods, holds and rejections name one by the other. Two pull requests that claim one number
 * conflict in Git; here stands what got past that, of every version that the release names.
 */
export const claimedTwice: Wait = (wanted) => [...sharedPackages(wanted), ...reusedNumbers(wanted)];

function sharedPackages({ head, model, release }: Wanted): readonly string[] {
  const records = head.workspace.versions.get(model) ?? new Map<number, VersionRecord>();
  const named = [release.version, ...alsoNamed(release)];
  return named.flatMap((version, at) => {
    const digest = records.get(version)?.package.digest;
    const others = digest === undefined ? [] : sharing(records, digest);
    return others
      .filter((other) => other !== version && !named.slice(0, at).includes(other))
      .map(
        (other) =>
          `versions ${other} and ${version} name one package (${digest}): a package has one number, propose a new version`,
      );
  });
}

function reusedNumbers({ background, head, model }: Wanted): readonly string[] {
  return [...background.reusedFrom].map(([version, first]) => {
    const now = head.workspace.versions.get(model)!.get(version)!.package.digest;
    return `${recordPath(model, version)} named ${first} first and names ${now} now: a number is never used twice, so restore the record, or propose a new version${unlessUnknown(background)}`;
  });
}

const known = new WeakMap<ReadonlyMap<number, VersionRecord>, ReadonlyMap<string, readonly number[]>>();

/** The versions with a package, by one walk over all records of a model. */
function sharing(records: ReadonlyMap<number, VersionRecord>, digest: string): readonly number[] {
  const found = known.get(records) ?? byPackage(records);
  known.set(records, found);
  return found.get(digest) ?? [];
}

function byPackage(records: ReadonlyMap<number, VersionRecord>): ReadonlyMap<string, readonly number[]> {
  const versions = new Map<string, number[]>();
  for (const [version, { package: named }] of records) {
    versions.set(named.digest, [...(versions.get(named.digest) ?? []), version]);
  }
  return versions;
}
