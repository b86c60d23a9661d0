import type { ManifestPackage, RolloutManifest } from '@signalbox/contracts';
import { recordPath } from '../desired/head.js';
import type { Desired } from './input.js';

/**
 * What is asked for, with each package that is published as it is published: pods have loaded it by that entry, and one that starts anew must be able to.
 * An edit of its record is told and does nothing.
 */
export function asPublishedEntries(desired: Desired, current: RolloutManifest): Desired {
  const { arms, fallback, package: asked, segments } = desired;
  const known = <T extends ManifestPackage | null>(one: T): T | ManifestPackage =>
    (one && publishedEntry(one, current)) ?? one;
  return {
    ...desired,
    ...{ package: known(asked), fallback: known(fallback), arms: arms.map(known) },
    segments: segments.map((one) => ({ ...one, package: known(one.package) })),
  };
}

/** A sentence for each record that says something else of a package than what is published of it. */
export function changedRecords(desired: Desired, current: RolloutManifest): readonly string[] {
  const { arms, fallback, model, package: asked, segments } = desired;
  const named = [asked, fallback, ...arms, ...segments.map((one) => one.package)].filter((one) => one !== null);
  const sentences = named.flatMap((one) => {
    const entry = publishedEntry(one, current);
    const other = entry === null ? [] : differences(one, entry);
    if (other.length === 0) return [];
    return [
      `${recordPath(model, one.version)} says of a package that is published (${one.digest}) that ${other.join(' and ')}: what is published stands, so restore the record, or propose a new version`,
    ];
  });
  return [...new Set(sentences)];
}

function publishedEntry({ digest, version }: ManifestPackage, { packages }: RolloutManifest): ManifestPackage | null {
  const same = packages.filter((one) => one.digest === digest);
  return same.find((one) => one.version === version) ?? same[0] ?? null;
}

function differences(said: ManifestPackage, published: ManifestPackage): readonly string[] {
  return [
    ...(said.version === published.version
      ? []
      : [`it is version ${said.version}, which is published as version ${published.version}`]),
    ...(said.features === published.features
      ? []
      : [`its features are ${said.features}, which are published as ${published.features}`]),
    ...(said.sizeBytes === published.sizeBytes
      ? []
      : [`it has ${said.sizeBytes} bytes, which are published as ${published.sizeBytes}`]),
  ];
}
