import { BUCKETS, canonicalJson, RolloutManifest } from '@signalbox/contracts';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, MODEL, manifestOf } from '../../tests/support/trust-fixture.js';
import { parseManifest } from './check-manifests.js';

const PACKAGES = [1, 2, 3, 4].map((version) => ({
  version,
  digest: digestOf(String(version)),
  sizeBytes: 10,
  features: digestOf('f'),
}));

const parse = (changes: object) =>
  parseManifest(MODEL, Buffer.from(canonicalJson({ ...manifestOf(1, { packages: PACKAGES }), ...changes })));

const segment = (name: string, changes: object = {}) => ({ name, where: 'true', version: null, ...changes });

it('is asked of a schema that is one', () => {
  expect(() => new Ajv({ strict: true }).compile(RolloutManifest)).not.toThrow();
});

describe('a manifest in the hands of a pod', () => {
  it('may have arms, segments, limits, and copies to the champion after a switch', () => {
    const changes: Partial<RolloutManifest> = {
      candidate: 2,
      candidateBuckets: 2_500,
      arms: [
        { version: 3, buckets: 2_500 },
        { version: 4, buckets: 5_000 },
      ],
      segments: [segment('near', { version: 3 }), segment('far')],
      shadow: { version: 1, buckets: 10 },
      limits: { timeoutMs: 5, priority: 'critical', costClass: 'large' },
    };
    expect(parse(changes).manifest).toMatchObject(changes);
  });

  it.each<[string, object, RegExp]>([
    ['an arm without a package', { arms: [{ version: 9, buckets: 1 }] }, /its arm is version 9, which has no package/],
    [
      'a segment of a version without a package',
      { segments: [segment('far'), segment('near', { version: 9 })] },
      /its segment near is version 9, which has no package/,
    ],
    ['a segment twice', { segments: [segment('far'), segment('far')] }, /lists a segment twice/],
    ['an arm twice', { arms: [1, 2].map((buckets) => ({ version: 3, buckets })) }, /in its experiment twice/],
    ['the candidate as an arm', { candidate: 2, arms: [{ version: 2, buckets: 1 }] }, /in its experiment twice/],
    ['an arm of nobody', { arms: [{ version: 3, buckets: 0 }] }, /`arms\/0\/buckets` must be >= 1/],
    [
      'arms beyond the last bucket',
      { candidate: 2, candidateBuckets: 4_999, arms: [3, 4].map((version) => ({ version, buckets: 2_501 })) },
      /have 10001 buckets, of 10000 that there are/,
    ],
    [
      'five arms',
      { arms: [3, 4, 5, 6, 7].map((version) => ({ version, buckets: 1 })) },
      /`arms` must NOT have more than 4 items/,
    ],
    [
      'seventeen segments',
      { segments: Array.from({ length: 17 }, (_, at) => segment(`s${at}`)) },
      /`segments` must NOT have more than 16 items/,
    ],
    [
      'a condition of a megabyte',
      { segments: [segment('far', { where: `${'true || '.repeat(131_072)}true` })] },
      /`segments\/0\/where` must NOT have more than 4096 characters/,
    ],
    ['a segment named like a path', { segments: [segment('../etc')] }, /`segments\/0\/name` must match pattern/],
    [
      'a priority that is none',
      { limits: { timeoutMs: 5, priority: 'urgent', costClass: null } },
      /`limits\/priority` must be equal/,
    ],
    ['a field that nobody knows', { arms: [{ version: 3, buckets: 1, weight: 2 }] }, /`arms\/0`.*\(`weight`\)/],
  ])('is refused with its reason for %s', (_, changes, reason) => {
    expect(() => parse(changes)).toThrow(reason);
  });

  it('gives every bucket to at most one version, or is refused', () => {
    const buckets = fc.integer({ min: 1, max: BUCKETS });
    const arms = fc.uniqueArray(fc.record({ version: fc.constantFrom(3, 4), buckets }), {
      selector: ({ version }) => version,
    });
    fc.assert(
      fc.property(fc.nat(BUCKETS), arms, (candidateBuckets, all) => {
        const given = all.reduce((sum, arm) => sum + arm.buckets, candidateBuckets);
        const taken = () => parse({ candidate: 2, candidateBuckets, arms: all });
        if (given > BUCKETS) expect(taken).toThrow(/buckets, of 10000/);
        else expect(taken).not.toThrow();
      }),
    );
  });
});
