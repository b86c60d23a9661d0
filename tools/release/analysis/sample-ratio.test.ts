import { BUCKETS, UNIT_GROUPS } from '@signalbox/contracts';
import { bucketOf } from '@signalbox/serving/routing';
import { describe, expect, it } from 'vitest';
import { cellWith } from '../../../tests/support/evidence-cells.js';
import { mulberry32 } from '../../statistics/index.js';
import { judgeSampleRatio, MIN_REQUESTS } from './sample-ratio.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 20010401);
console.info(`sample ratio: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);

interface World {
  readonly buckets: readonly number[];
  readonly units: number;
  /** How unlike the units are: the spread of the logarithm of how often each comes. */
  readonly spread: number;
  /** This share of the first arm's units is lost before it is counted. */
  readonly lost?: number;
  /** All requests of units come in this round: 1 for one unit that is a robot. */
  readonly robot?: number;
}

/** Units that come again and again, routed by the production hash, counted as pods count them; judged at each look. */
function* looksOf(next: () => number, { buckets, lost = 0, robot = 0, spread, units }: World) {
  const salt = String(next());
  const ends = buckets.map((_, at) => buckets.slice(0, at + 1).reduce((sum, each) => sum + each, 0));
  const counts = buckets.map(() => new Array<number>(UNIT_GROUPS).fill(0));
  const cumulated: number[] = [];
  let all = 0;
  for (let unit = 0; unit < units; unit++) {
    all += unit === 0 && robot > 0 ? robot * units : Math.exp(spread * (next() + next() + next() + next() - 2) * 1.7);
    cumulated.push(all);
  }
  const places = cumulated.map((_, unit) => {
    const bucket = bucketOf(salt, `unit ${unit}`);
    const arm = ends.findIndex((end) => bucket < end);
    return { arm, group: bucket % UNIT_GROUPS, isLost: arm === 0 && next() < lost };
  });
  for (let request = 1; ; request++) {
    const drawn = next() * all;
    let [low, high] = [0, units - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulated[middle]! >= drawn) high = middle;
      else low = middle + 1;
    }
    const { arm, group, isLost } = places[low]!;
    if (!isLost) counts[arm]![group]! += 1;
    if (request % 1000 === 0) yield counts;
  }
}

const armsOf = (buckets: readonly number[], counts: readonly (readonly number[])[]) =>
  buckets.map((each, at) => {
    const units = [...counts[at]!];
    const asked = units.reduce((sum, one) => sum + one, 0);
    return { version: at + 1, buckets: each, cell: cellWith({ asked, units }) };
  });

/** Whether any of so many looks calls the split wrong. */
function isVoided(next: () => number, world: World, looks: number): boolean {
  let look = 0;
  for (const counts of looksOf(next, world)) {
    if (judgeSampleRatio(armsOf(world.buckets, counts)).verdict === 'fail') return true;
    if (++look === looks) return false;
  }
  return false;
}

describe('the split of an experiment', () => {
  const HALF = [5000, 5000];
  const fairWorlds: readonly World[] = [
    { buckets: [1000, 9000], units: 150, spread: 1 },
    { buckets: HALF, units: 5000, spread: 1.5 },
    { buckets: [2500, 2500, 5000], units: 1000, spread: 0 },
    { buckets: HALF, units: 500, spread: 0, robot: 0.5 },
  ];

  it.each(fairWorlds)('is almost never called wrong when it is right, at 15 looks: %j', (world) => {
    const next = mulberry32(SEED);
    const voided = Array.from({ length: 60 }, () => isVoided(next, world, 15)).filter(Boolean).length;
    // One in a thousand is promised; two of sixty would be far more.
    expect(voided).toBeLessThan(2);
  });

  it('takes requests of one unit as belonging together: a robot with a third of them voids nothing, which counting each by itself would', () => {
    const next = mulberry32(SEED + 1);
    const world = { buckets: HALF, units: 500, spread: 0, robot: 0.5 };
    const counts = [...take(looksOf(next, world), 10)].at(-1)!;
    const [first, second] = armsOf(HALF, counts).map(({ cell }) => cell.asked) as [number, number];
    const alone = Math.abs(first - second) / Math.sqrt(first + second);
    expect(alone).toBeGreaterThan(10);
    expect(judgeSampleRatio(armsOf(HALF, counts)).verdict).toBe('inconclusive');
  });

  it('is called wrong when an arm loses a quarter of its units', () => {
    const next = mulberry32(SEED + 2);
    const world = { buckets: HALF, units: 5000, spread: 0.5, lost: 0.25 };
    const found = Array.from({ length: 10 }, () => isVoided(next, world, 60)).filter(Boolean).length;
    expect(found).toBe(10);
  });

  it('says what was meant and what came', () => {
    const even = (asked: number) => new Array<number>(UNIT_GROUPS).fill(asked / UNIT_GROUPS);
    const verdict = judgeSampleRatio(armsOf([1000, 9000], [even(3200), even(9600)]));
    expect(verdict).toMatchObject({ id: 'rollout/sample-ratio', verdict: 'fail', sampleSize: 12_800 });
    expect(verdict.sentence).toMatch(
      /^Of 12800 requests 25 % went to version 1 and 75 % to version 2, where 10 % and 90 % were meant\. Units are not split/,
    );
  });

  it('is exact where groups do not share out evenly: 33 buckets give one group two of them', () => {
    const buckets = [33, 33, BUCKETS - 66];
    const perBucket = 40;
    const counts = buckets.map((each, at) => {
      const start = buckets.slice(0, at).reduce((sum, one) => sum + one, 0);
      const units = new Array<number>(UNIT_GROUPS).fill(0);
      for (let bucket = start; bucket < start + each; bucket++) units[bucket % UNIT_GROUPS]! += perBucket;
      return units;
    });
    expect(judgeSampleRatio(armsOf(buckets, counts))).toMatchObject({ verdict: 'pass', value: expect.closeTo(0, 12) });
  });

  it('waits for enough requests, and says that none came', () => {
    const few = new Array<number>(UNIT_GROUPS).fill(1);
    expect(judgeSampleRatio(armsOf(HALF, [few, few])).verdict).toBe('inconclusive');
    expect(2 * UNIT_GROUPS).toBeLessThan(MIN_REQUESTS);
    const none = HALF.map((buckets, at) => ({ version: at + 1, buckets, cell: null }));
    expect(judgeSampleRatio(none).verdict).toBe('no-data');
  });

  it('is never right where requests were not counted by groups of units', () => {
    for (const units of [
      [],
      [5000],
      new Array<number>(UNIT_GROUPS).fill(1),
      new Array<number>(UNIT_GROUPS).fill(Number.NaN),
    ]) {
      const arms = HALF.map((buckets, at) => ({ version: at + 1, buckets, cell: cellWith({ asked: 5000, units }) }));
      expect(judgeSampleRatio(arms).verdict).toBe('error');
    }
  });
});

function* take<T>(values: Iterable<T>, count: number): Iterable<T> {
  let taken = 0;
  for (const value of values) {
    if (taken++ === count) return;
    yield value;
  }
}
