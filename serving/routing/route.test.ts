import { BUCKETS } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmur3 } from './murmur3.js';
import { bucketOf, type RoutingManifest, route as routeIn } from './route.js';
import { NO_SEGMENT } from './segments.js';

const route = (manifest: RoutingManifest, unitId: string, segment = NO_SEGMENT) => routeIn(manifest, unitId, segment);

const manifest = (over: Partial<RoutingManifest> = {}): RoutingManifest => ({
  salt: 'salt-1',
  champion: 1,
  candidate: 2,
  candidateBuckets: 0,
  arms: [],
  segments: [],
  shadow: null,
  ...over,
});

describe('murmur3', () => {
  // Published vectors of the reference implementation (x86, 32 bit).
  it.each([
    ['', 0, 0x00000000],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('hashes %j with seed %i as the reference does', (text, seed, expected) => {
    expect(murmur3(text, seed)).toBe(expected);
  });
});

describe('route', () => {
  const unit = fc.string({ unit: 'binary', maxLength: 40 });

  it('only adds units when a weight rises, and removes the same ones when it falls', () => {
    fc.assert(
      fc.property(unit, fc.string(), fc.tuple(fc.nat(BUCKETS), fc.nat(BUCKETS)), (unitId, salt, weights) => {
        const [low, high] = [Math.min(...weights), Math.max(...weights)];
        const before = route(manifest({ salt, candidateBuckets: low }), unitId);
        const after = route(manifest({ salt, candidateBuckets: high }), unitId);
        if (before.role === 'candidate') expect(after.role).toBe('candidate');
        expect(after.role === 'candidate').toBe(after.bucket < high);
      }),
    );
  });

  it('draws its lines exactly: a unit is in from the weight above its bucket on', () => {
    fc.assert(
      fc.property(unit, (unitId) => {
        const bucket = bucketOf('salt-1', unitId);
        expect(route(manifest({ candidateBuckets: bucket }), unitId).role).toBe('champion');
        expect(route(manifest({ candidateBuckets: bucket + 1 }), unitId).role).toBe('candidate');
        const copied = (buckets: number) => route(manifest({ shadow: { version: 2, buckets } }), unitId).shadow;
        expect(copied(BUCKETS - bucket)).toBe(2);
        expect(copied(BUCKETS - bucket - 1)).toBeNull();
      }),
    );
  });

  it('depends on nothing but the manifest and the unit', () => {
    fc.assert(
      fc.property(unit, (unitId) => {
        const twice = [0, 1].map(() => route(manifest({ candidateBuckets: 5000 }), unitId));
        expect(twice[0]).toEqual(twice[1]);
      }),
    );
  });

  it('gives nobody to the candidate at weight 0 and everybody at 10,000', () => {
    fc.assert(
      fc.property(unit, (unitId) => {
        expect(route(manifest({ candidateBuckets: 0 }), unitId)).toMatchObject({ role: 'champion', version: 1 });
        expect(route(manifest({ candidateBuckets: BUCKETS }), unitId)).toMatchObject({ role: 'candidate', version: 2 });
        expect(route(manifest({ candidate: null, candidateBuckets: 0 }), unitId).version).toBe(1);
      }),
    );
  });

  it('never copies a unit to the version that answers it', () => {
    fc.assert(
      fc.property(unit, fc.nat(BUCKETS), fc.integer({ min: 1, max: BUCKETS }), (unitId, candidateBuckets, buckets) => {
        const chosen = route(manifest({ candidateBuckets, shadow: { version: 2, buckets } }), unitId);
        const copied = chosen.version !== 2 && chosen.bucket >= BUCKETS - buckets;
        expect(chosen.shadow).toBe(copied ? 2 : null);
      }),
    );
  });

  /** Who owns each bucket, laid out one by one. */
  function ownersOf({ champion, candidate, candidateBuckets, arms }: RoutingManifest): number[] {
    const owners = new Array<number>(candidateBuckets).fill(candidate!);
    for (const { version, buckets } of arms) owners.push(...new Array<number>(buckets).fill(version));
    return [...owners, ...new Array<number>(BUCKETS - owners.length).fill(champion)];
  }

  const split = fc.array(fc.integer({ min: 1, max: 2_500 }), { minLength: 1, maxLength: 4 });

  it('gives each bucket to one version: the candidate first, then arm after arm, the champion what is left', () => {
    fc.assert(
      fc.property(
        unit,
        split,
        fc.option(fc.integer({ min: 1, max: BUCKETS })),
        (unitId, [share, ...others], copies) => {
          const arms = others.map((buckets, at) => ({ version: 3 + at, buckets }));
          const shadow = copies === null ? null : { version: 1, buckets: copies };
          const laidOut = manifest({ candidateBuckets: share!, arms, shadow });
          const { bucket, role, version, shadow: copied } = route(laidOut, unitId);
          expect(version).toBe(ownersOf(laidOut)[bucket]);
          expect(role).toBe(version === 1 ? 'champion' : 'candidate');
          // After a switch the champion gets the copies, of units that another version answers.
          expect(copied).toBe(copies !== null && version !== 1 && bucket >= BUCKETS - copies ? 1 : null);
        },
      ),
    );
  });

  it('lets no arm be one bucket larger or smaller than it is told', () => {
    const arms = [
      { version: 3, buckets: 2_500 },
      { version: 4, buckets: 1 },
    ];
    const experiment = manifest({ candidateBuckets: 2_500, arms });
    const counts = new Map<number, number>();
    const seen = new Set<number>();
    for (let index = 0; seen.size < BUCKETS; index += 1) {
      const { bucket, version } = route(experiment, `user-${index}`);
      if (seen.has(bucket)) continue;
      seen.add(bucket);
      counts.set(version, (counts.get(version) ?? 0) + 1);
    }
    expect(Object.fromEntries(counts)).toEqual({ 1: 4_999, 2: 2_500, 3: 2_500, 4: 1 });
  });

  it('sends a segment to its own version whatever the bucket, uncopied, and leaves the others where they were', () => {
    const segments = [
      { name: 'near', where: 'true', version: 7 },
      { name: 'far', where: 'true', version: null },
    ];
    const shadow = { version: 2, buckets: BUCKETS };
    fc.assert(
      fc.property(unit, fc.nat(BUCKETS), (unitId, candidateBuckets) => {
        const arms = candidateBuckets < BUCKETS ? [{ version: 3, buckets: 1 }] : [];
        const segmented = manifest({ candidateBuckets, arms, segments, shadow });
        const none = route(segmented, unitId);
        const own = { role: 'segment', version: 7, shadow: null, bucket: none.bucket, segment: 0 };
        expect(route(segmented, unitId, 0)).toEqual(own);
        expect(route(segmented, unitId, 1)).toEqual({ ...none, segment: 1 });
      }),
    );
  });

  it('spreads units evenly, and anew for each salt', () => {
    const units = Array.from({ length: 40_000 }, (_, index) => `user-${index}`);
    const share = (salt: string) => units.filter((id) => bucketOf(salt, id) < 1000).length / units.length;
    // Five standard deviations of a share of 0.1 in 40,000 draws.
    for (const salt of ['a', 'b', '2001-04-01', 'ü']) expect(Math.abs(share(salt) - 0.1)).toBeLessThan(0.0075);
    const both = units.filter((id) => bucketOf('a', id) < 1000 && bucketOf('b', id) < 1000).length / units.length;
    expect(Math.abs(both - 0.01)).toBeLessThan(0.0025);
  });
});
