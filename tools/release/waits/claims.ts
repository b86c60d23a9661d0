import type { VersionRecord } from '@signalbox/contracts';
import { recordPath } from '../desired/head.js';
import { standing, type Wait } from './wanted.js';

/**
 * A version number and a package belong together for ever: pods, holds and rejections name one by the other. Two pull requests that claim one number
 * conflict in Git; here stands what got past that.
 */
export const claimedTwice: Wait = (wanted) => {
  const { background, head, model, record, release } = wanted;
  const { digest } = record.package;
  const others = sharing(head.workspace.versions.get(model) ?? new Map(), digest).filter(
    (one) => one !== release.version,
  );
  const shared = others.map(
    (other) =>
      `versions ${other} and ${release.version} name one package (${digest}): a package has one number, propose a new version`,
  );
  const isNew = standing(wanted) === 'new' || standing(wanted) === 'first';
  const former = isNew ? background.formerPackages.filter((one) => one !== digest) : [];
  if (former.length === 0) return shared;
  return [
    ...shared,
    `${recordPath(model, release.version)} named ${former[0]} before and names ${digest} now: a number is never used twice, propose a new version`,
  ];
};

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
