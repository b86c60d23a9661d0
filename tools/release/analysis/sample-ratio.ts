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
/** Of the estimate of a variance by `UNIT_GROUPS` groups: at this far out its own error makes a deviation look so much larger than it is. */
const VARIANCE_INFLATION = 1.5;

const FORMULA =
  'requests of each arm against its buckets; asymptotic confidence sequences, variance by groups of units';

/**
 * Whether each arm got the share of requests that its buckets say. A split that is off means that arms differ in more than the version, so that no comparison of
 * them can be believed. Requests of one unit come together, so their number varies more than a coin would; `UNIT_GROUPS` groups of units, each split by
 * itself, show by how much.
 */
export function judgeSampleRatio(arms: readonly RatioArm[]): Verdict {
  const measured = { id: SAMPLE_RATIO_ID, formula: FORMULA };
  const total = arms.reduce((sum, { cell }) => sum + (cell?.asked ?? 0), 0);
  const ungrouped = arms.find(({ cell }) => cell !== null && !isGrouped(cell));
  if (ungrouped !== undefined) {
    const sentence = `The requests of version ${ungrouped.version} are not all counted by groups of units, so the split cannot be checked.`;
    return { ...measured, verdict: 'error', sentence };
  }
  if (total < MIN_REQUESTS) {
    const sentence = `The split is checked from ${MIN_REQUESTS} requests on; there are ${total}.`;
    return { ...measured, verdict: total === 0 ? 'no-data' : 'inconclusive', sentence, sampleSize: total };
  }
  const deviations = arms.map((_, at) => deviationOf(arms, at));
  const worst = deviations.reduce((one, other) => (other.excess > one.excess ? other : one));
  const shares = arms
    .map(({ cell, version }) => `version ${version} ${percent((cell?.asked ?? 0) / total)}`)
    .join(', ');
  const found = { ...measured, value: worst.difference, interval: worst.interval, sampleSize: total };
  const expected = arms.map(({ buckets }) => percent(buckets / BUCKETS)).join(', ');
  return worst.excess > 0
    ? {
        ...found,
        verdict: 'fail',
        sentence: `Of ${total} requests ${shares} got, where ${expected} were meant: units are not split as the manifest says, so the experiment proves nothing.`,
      }
    : { ...found, verdict: 'pass', sentence: `Of ${total} requests ${shares} got, as meant (${expected}).` };
}

interface Deviation {
  /** Share of the requests minus share of the buckets. */
  readonly difference: number;
  readonly interval: [number, number];
  /** By how much the interval is away from zero; not positive: it holds zero. */
  readonly excess: number;
}

function deviationOf(arms: readonly RatioArm[], at: number): Deviation {
  const deviations: number[] = [];
  let [binomial, total] = [0, 0];
  for (let group = 0; group < UNIT_GROUPS; group++) {
    const requests = arms.map(({ cell }) => cell?.units[group] ?? 0);
    const buckets = bucketsOfGroup(arms, group);
    const inGroup = sum(requests);
    const share = buckets[at]! / sum(buckets);
    deviations.push(requests[at]! - inGroup * share);
    binomial += inGroup * share * (1 - share);
    total += inGroup;
  }
  const mean = sum(deviations) / UNIT_GROUPS;
  const ofGroups = sum(deviations.map((each) => (each - mean) ** 2)) * (UNIT_GROUPS / (UNIT_GROUPS - 1));
  // Requests vary no less than if each were of a unit of its own.
  const variance = Math.max(binomial, VARIANCE_INFLATION * ofGroups) / total;
  const difference = sum(deviations) / total;
  const options = { alpha: ALPHA / arms.length, tunedFor: TUNED_FOR_REQUESTS };
  const bounds = meanSequence({ rows: total, mean: difference, variance }, options);
  const interval = bounds.defined ? bounds.value : ([-1, 1] as [number, number]);
  return { difference, interval, excess: Math.max(interval[0], 0 - interval[1]) };
}

/** How many buckets of a group each arm has: those that leave the group's number when divided by `UNIT_GROUPS`. */
function bucketsOfGroup(arms: readonly RatioArm[], group: number): readonly number[] {
  const before = (end: number): number => Math.floor((end - group + UNIT_GROUPS - 1) / UNIT_GROUPS);
  let start = 0;
  return arms.map(({ buckets }) => {
    const end = start + buckets;
    const own = before(end) - before(start);
    start = end;
    return own;
  });
}

function isGrouped({ asked, units }: EvidenceCell): boolean {
  return asked === 0 || (units.length === UNIT_GROUPS && sum(units) === asked && units.every((one) => one >= 0));
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
