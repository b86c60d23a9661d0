import { digestBytes } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { desiredOf, HOUR_US, packageOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import type { Desired } from './input.js';
import { reconcile } from './reconcile.js';

const live2 = publishedWhere([desiredOf(1), desiredOf(2, { fallback: packageOf(1) })]);
const features = digestBytes('other features');

function decided(version: number, change: Partial<Desired>) {
  const desired = desiredOf(version, { fallback: packageOf(1), ...change });
  return reconcile({ desired, current: live2, pods: [], eventNowUs: 200 * HOUR_US });
}

describe('a package that is published', () => {
  it.each<[string, Partial<Desired>, string]>([
    ['other features', { package: { ...packageOf(2), features } }, `its features are ${features}`],
    ['another size', { package: { ...packageOf(2), sizeBytes: 9 } }, 'it has 9 bytes, which are published as 1002'],
    [
      'another number',
      { package: { ...packageOf(2), version: 4 } },
      'it is version 4, which is published as version 2',
    ],
    ['other features', { fallback: { ...packageOf(1), features } }, `its features are ${features}`],
  ])('stays as it is where its record says %s, and the file is named', (_what, change, said) => {
    const { manifest, reasons } = decided(2, change);
    expect(manifest).toBeNull();
    const version = change.package?.version ?? change.fallback?.version ?? 2;
    expect(reasons).toEqual([expect.stringMatching(`^models/m/versions/${version}.yaml says of a package`)]);
    expect(reasons[0]).toContain(said);
  });

  it('goes back by that entry', () => {
    const { manifest } = decided(1, { package: { ...packageOf(1), features }, fallback: null });
    expect(manifest).toMatchObject({ champion: 1 });
    expect(manifest!.packages.find(({ version }) => version === 1)).toEqual(packageOf(1));
  });

  it('is told of no more where the record says the same', () => {
    expect(decided(2, {})).toMatchObject({ manifest: null, reasons: [] });
  });
});
