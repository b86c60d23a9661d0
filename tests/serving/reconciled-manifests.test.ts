import { canonicalJson } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeLoaded, routedVersions } from '../../serving/pod/plan.js';
import { bucketOf, NO_SEGMENT, route } from '../../serving/routing/index.js';
import { parseManifest } from '../../serving/trust/index.js';
import { play, sharesOf, worldEvents } from '../support/rollout-world.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`reconciled manifests: seed ${SEED} (set SIGNALBOX_TEST_SEED to repeat)`);

const UNITS = Array.from({ length: 20 }, (_, index) => `user-${index}`);

describe('every manifest that reconcile makes, whatever people, pods and the store do', () => {
  it('is one that pods take, and they answer by no version that has no share in it', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const manifest of play(all).world().published) {
          const { champion, model, salt } = manifest;
          const { manifest: taken } = parseManifest(model, Buffer.from(canonicalJson(manifest)));
          const shares = sharesOf(manifest);
          const given = [...shares.values()].reduce((sum, buckets) => sum + buckets, 0);
          for (const unit of UNITS) {
            const { role, version } = route(taken, unit, NO_SEGMENT);
            expect(role).toBe(bucketOf(salt, unit) < given ? 'candidate' : 'champion');
            if (role === 'champion') expect(version).toBe(champion);
            else expect(shares.get(version)).toBeGreaterThan(0);
          }
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('is one that pods take whatever they cannot use of what stands beside the rollout', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const manifest of play(all).world().published) {
          const { arms, candidate, champion, packages, shadow } = manifest;
          const own = [champion, candidate, ...arms.map(({ version }) => version)];
          if (shadow !== null) expect(own).toContain(shadow.version);
          const beside = packages.filter(({ version }) => !own.includes(version));
          const problems = new Map(beside.map(({ version }) => [version, { reason: 'no views', broken: false }]));
          expect(judgeLoaded(manifest, problems)).toEqual({ serves: manifest, refusal: null });
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('is one that pods serve but for what it tries where they cannot use that, and try none of', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const manifest of play(all).world().published) {
          const { arms, candidate, champion, fallback, segments } = manifest;
          const tried = [candidate, ...arms.map(({ version }) => version)].filter((version) => version !== null);
          const problems = new Map(tried.map((version) => [version, { reason: 'no views', broken: false }]));
          const { refusal, serves } = judgeLoaded(manifest, problems);
          expect(refusal === null).toBe(tried.length === 0);
          for (const unit of UNITS) expect(route(serves!, unit, NO_SEGMENT)).toMatchObject({ version: champion });
          const stands = [champion, fallback, ...segments.map(({ version }) => version)];
          expect(routedVersions(serves!)).toEqual(new Set(stands.filter((version) => version !== null)));
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});
