import type { ManifestPackage, RolloutManifest, VersionRecord } from '@signalbox/contracts';
import { type Head, recordPath } from './head.js';

/**
 * The documents with each version that is published as it is published: a number means that package for ever, pods have loaded it by that entry, and one
 * that starts anew must be able to. So an edit of its record moves nothing, and restoring the record has nothing to mend.
 */
export function asPublished(head: Head, current: RolloutManifest | null): Head {
  const edits = editsOf(head, current);
  if (current === null || edits.length === 0) return head;
  const { versions } = head.workspace;
  const records = new Map(versions.get(current.model));
  for (const { entry, record } of edits) {
    const { digest, features, sizeBytes, version } = entry;
    const trainedOn = { ...record.trainedOn, features };
    records.set(version, { ...record, package: { digest, sizeBytes }, trainedOn });
  }
  return { ...head, workspace: { ...head.workspace, versions: new Map(versions).set(current.model, records) } };
}

/** A sentence for each record that says something else of a version than what is published of it. */
export function editedRecords(head: Head, current: RolloutManifest | null): readonly string[] {
  return editsOf(head, current).map(
    ({ differences, entry: { version } }) =>
      `${recordPath(current!.model, version)} says of version ${version}, which is published, that ${differences.join(' and ')}: what is published stands, so restore the record, or propose a new version`,
  );
}

export function packageOf(version: number, { package: packed, trainedOn }: VersionRecord): ManifestPackage {
  return { version, digest: packed.digest, sizeBytes: packed.sizeBytes, features: trainedOn.features };
}

interface Edit {
  readonly entry: ManifestPackage;
  readonly record: VersionRecord;
  readonly differences: readonly string[];
}

function editsOf({ workspace }: Head, current: RolloutManifest | null): readonly Edit[] {
  const records = current === null ? undefined : workspace.versions.get(current.model);
  return (current?.packages ?? []).flatMap((entry) => {
    const record = records?.get(entry.version);
    const differences = record ? differencesOf(packageOf(entry.version, record), entry) : [];
    return record && differences.length > 0 ? [{ entry, record, differences }] : [];
  });
}

function differencesOf(said: ManifestPackage, published: ManifestPackage): readonly string[] {
  const { digest, features, sizeBytes } = published;
  return [
    ...(said.digest === digest ? [] : [`its package is ${said.digest}, which is published as ${digest}`]),
    ...(said.features === features ? [] : [`its features are ${said.features}, which are published as ${features}`]),
    ...(said.sizeBytes === sizeBytes ? [] : [`it has ${said.sizeBytes} bytes, which are published as ${sizeBytes}`]),
  ];
}
