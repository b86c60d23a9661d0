import { BUCKETS, type EvidenceCell, UNIT_GROUPS, type Verdict } from '@signalbox/contracts';
import { meanSequence } from '../../statistics/index.js';

export const SAMPLE_RATIO_ID = 'rollout/sample-ratio';

/** One arm with what it was asked; arms stand in the order of their buckets, the first one's begin at 0. */
export interface RatioArm {
  readonly version: number;
  readonly buckets: number;
  readonly cell: EvidenceCell | null;
}

/** How often an experiment that is split as it should be may be called void, ever. */
const ALPHA = 0.001;
/** At about how many requests the test is tightest. */
const TUNED_FOR_REQUESTS = 2000;
/** The test is asymptotic: with fewer requests than this in all it promises nothing. */
export const MIN_REQUESTS = 1000;
/** Nor with fewer units than this in an arm, when units count by their requests: one busy unit must not decide. */
const MIN_UNITS = 10;
/** The variance is estimated from `UNIT_GROUPS` groups, which may show too little of it: so much is added. Checked by simulation. */
const VARIANCE_MARGIN = 1.5;

const FORMULA =
  'requests of each arm against its buckets; asymptotic confidence sequences, variance by groups of units';

/**
 * Whether each arm got the share of requests that its buckets say. A split that is off means that arms differ in more than the version, so that no comparison of
 * them can be believed. A unit brings all its requests into one arm, so their number varies more than a coin would. By how much can be seen: units fall into `UNIT_GROUPS` groups
 * by chance as well, whatever their arm, so the requests of the groups vary as those of arms must.
 */
export function judgeSampleRatio(arms: readonly RatioArm[]): Verdict {
  const total = sum(arms.map(({ cell }) => cell?.asked ?? 0));
  const measured = { id: SAMPLE_RATIO_ID, formula: FORMULA, sampleSize: total };
  const ungrouped = arms.find(({ cell }) => cell !== null && !isGrouped(cell));
  if (ungrouped !== undefined) {
    const sentence = `The requests of version ${ungrouped.version} are not all counted by groups of units, so the split cannot be checked.`;
    return { id: SAMPLE_RATIO_ID, formula: FORMULA, verdict: 'error', sentence };
  }
  if (total === 0) return { ...measured, verdict: 'no-data', sentence: 'No arm got a request in this step.' };
  const counts = arms.map(({ cell }) => cell?.units ?? []);
  const groups = Array.from({ length: UNIT_GROUPS }, (_, group) => sum(counts.map((units) => units[group] ?? 0)));
  const squares = squaresOfUnits(groups);
  const fewest = Math.min(...arms.map(({ buckets }) => buckets)) / BUCKETS;
  if (total < MIN_REQUESTS || (fewest * total * total) / squares < MIN_UNITS) {
    const sentence = `${total} requests of few units do not tell yet whether they are split as meant.`;
    return { ...measured, verdict: 'inconclusive', sentence };
  }
  const deviations = arms.map((_, at) => deviationOf({ arms, at, counts, groups, squares }));
  const worst = deviations.reduce((one, other) => (other.excess > one.excess ? other : one));
  const found = { ...measured, value: worst.difference, interval: worst.interval };
  const came = arms.map(
    ({ cell, version }, at) => `${percent((cell?.asked ?? 0) / total)}${at === 0 ? ' went' : ''} to version ${version}`,
  );
  const meant = arms.map(({ buckets }) => percent(buckets / BUCKETS));
  const sentence = `Of ${total} requests ${came.join(' and ')}, where ${meant.join(' and ')} were meant.`;
  if (worst.excess <= 0) return { ...found, verdict: 'pass', sentence };
  return {
    ...found,
    verdict: 'fail',
    sentence: `${sentence} Units are not split as the manifest says, so the arms cannot be compared.`,
  };
}

/** The sum over all units of their requests squared, from how unlike the groups are; at least what units with one request each would give. */
function squaresOfUnits(groups: readonly number[]): number {
  const total = sum(groups);
  const mean = total / UNIT_GROUPS;
  const spread = sum(groups.map((each) => (each - mean) ** 2)) * (UNIT_GROUPS / (UNIT_GROUPS - 1));
  return Math.max(total, VARIANCE_MARGIN * spread);
}

interface Deviation {
  /** Share of the requests minus share of the buckets. */
  readonly difference: number;
  readonly interval: [number, number];
  /** By how much the interval is away from zero; not positive: it holds zero. */
  readonly excess: number;
}

interface Counted {
  readonly arms: readonly RatioArm[];
  readonly at: number;
  /** By arm, then by group. */
  readonly counts: readonly (readonly number[])[];
  readonly groups: readonly number[];
  readonly squares: number;
}

function deviationOf({ arms, at, counts, groups, squares }: Counted): Deviation {
  const total = sum(groups);
  const expected = groups.map((requests, group) => requests * shareOfGroup(arms, at, group));
  const share = sum(expected) / total;
  const difference = sum(counts[at]!) / total - share;
  const variance = (share * (1 - share) * squares) / total;
  const options = { alpha: ALPHA / arms.length, tunedFor: TUNED_FOR_REQUESTS };
  const bounds = meanSequence({ rows: total, mean: difference, variance }, options);
  const interval = bounds.defined ? bounds.value : ([-1, 1] as [number, number]);
  return { difference, interval, excess: Math.max(interval[0], 0 - interval[1]) };
}

/** The share of a group's buckets that an arm has: of those that leave the group's number when divided by `UNIT_GROUPS`. */
function shareOfGroup(arms: readonly RatioArm[], at: number, group: number): number {
  const start = sum(arms.slice(0, at).map(({ buckets }) => buckets));
  const before = (end: number): number => Math.floor((end - group + UNIT_GROUPS - 1) / UNIT_GROUPS);
  return (before(start + arms[at]!.buckets) - before(start)) / before(BUCKETS);
}

function isGrouped({ asked, units }: EvidenceCell): boolean {
  return asked === 0 || (units.length === UNIT_GROUPS && sum(units) === asked && units.every((one) => one >= 0));
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
