import type { Metric, Strategy, Verdict } from '@signalbox/contracts';
import { differenceInterval, intervalOf, readingValue, rowsOf, type UncertainReading } from './metric-bounds.js';
import type { MetricReading } from './metric-reading.js';
import { readingProblem } from './reading-problem.js';
import type { ErrorBudget } from './rule.js';

export type MetricCondition = Strategy['analysis']['metrics'][number];

export const metricId = (metric: string, bound?: 'min' | 'max'): string =>
  `rollout/metric/${metric}${bound === undefined ? '' : `/${bound}`}`;

/** What was read of one metric on both sides; undefined: nothing yet. */
export interface MetricSides {
  readonly candidate: MetricReading | undefined;
  readonly champion: MetricReading | undefined;
}

export interface MetricRule {
  readonly condition: MetricCondition;
  /** Undefined: no document of this name. */
  readonly metric: Metric | undefined;
  readonly budget: ErrorBudget;
}

/** One verdict for each thing that a strategy asks of a metric: how much worse than the live version it may be, and between what it must lie. */
export function judgeMetric(sides: MetricSides, rule: MetricRule): readonly Verdict[] {
  const { margin, max, metric: name, min } = rule.condition;
  const conditions = [
    ...(margin === undefined ? [] : [judgeMargin(sides, { ...rule, margin })]),
    ...(min === undefined ? [] : [judgeThreshold(sides, { ...rule, bound: min, is: 'min' })]),
    ...(max === undefined ? [] : [judgeThreshold(sides, { ...rule, bound: max, is: 'max' })]),
  ];
  if (conditions.length > 0) return conditions;
  const sentence = `The strategy asks nothing of metric ${name}: it needs a margin, a min or a max.`;
  return [{ id: metricId(name), verdict: 'error', sentence }];
}

/** Non-inferiority in the direction that the metric calls better. */
function judgeMargin(
  { candidate, champion }: MetricSides,
  { budget, condition, margin, metric }: MetricRule & { readonly margin: number },
): Verdict {
  const measured = { id: metricId(condition.metric), bound: margin, formula: 'how much worse than the champion' };
  const refuse = (verdict: Verdict['verdict'], sentence: string): Verdict => ({
    ...measured,
    verdict,
    sentence: `Metric ${condition.metric}: ${sentence}`,
  });
  if (metric === undefined) return refuse('error', 'there is no document of this name.');
  const problem = readingProblem(candidate, 'candidate') ?? readingProblem(champion, 'champion');
  if (problem !== null) return refuse(problem.verdict, problem.sentence);
  const sides = [candidate, champion] as [MetricReading, MetricReading];
  if (!sides.every(isUncertain)) {
    return refuse('error', 'a plain number says not how sure it is, so it has no margin: give it a min or a max.');
  }
  const [ours, theirs] = sides as [UncertainReading, UncertainReading];
  const value = worseBy(metric, readingValue(ours) - readingValue(theirs));
  const found = { ...measured, value, sampleSize: rowsOf(ours) };
  const values = `Metric ${condition.metric} is ${number(readingValue(ours))} for the candidate, ${number(readingValue(theirs))} for the champion`;
  const toPass = worseInterval(metric, differenceInterval(ours, theirs, budget.pass));
  const toFail = worseInterval(metric, differenceInterval(ours, theirs, budget.fail));
  if (toPass === null || toFail === null) {
    return { ...found, verdict: 'inconclusive', sentence: `${values}: too few rows to say more.` };
  }
  const interval: [number, number] = [toFail[0], toPass[1]];
  const goal = `the margin of ${margin}`;
  if (interval[1] < margin) {
    const sentence = `${values}: worse by at most ${number(interval[1])}, under ${goal}.`;
    return { ...found, interval, verdict: 'pass', sentence };
  }
  if (interval[0] > margin) {
    const sentence = `${values}: worse by at least ${number(interval[0])}, over ${goal}.`;
    return { ...found, interval, verdict: 'fail', sentence };
  }
  const sentence = `${values}: worse by between ${number(interval[0])} and ${number(interval[1])}, against ${goal}; more will tell.`;
  return { ...found, interval, verdict: 'inconclusive', sentence };
}

interface ThresholdRule extends MetricRule {
  readonly bound: number;
  readonly is: 'min' | 'max';
}

/** A plain number is taken as it is; what has an uncertainty must lie wholly on the right side, and is refused only when it lies wholly on the wrong one. */
function judgeThreshold({ candidate }: MetricSides, { bound, budget, condition, is }: ThresholdRule): Verdict {
  const goal = is === 'min' ? `at least ${bound}` : `at most ${bound}`;
  const measured = { id: metricId(condition.metric, is), bound, formula: `the candidate’s value must be ${goal}` };
  const problem = readingProblem(candidate, 'candidate');
  if (problem !== null) {
    return { ...measured, verdict: problem.verdict, sentence: `Metric ${condition.metric}: ${problem.sentence}` };
  }
  const reading = candidate as Exclude<MetricReading, { kind: 'problem' }>;
  const value = readingValue(reading);
  const said = `Metric ${condition.metric} of the candidate is ${number(value)}`;
  if (!isUncertain(reading)) {
    const verdict = (is === 'min' ? value >= bound : value <= bound) ? 'pass' : 'fail';
    return { ...measured, value, verdict, sentence: `${said}, and must be ${goal}.` };
  }
  const found = { ...measured, value, sampleSize: rowsOf(reading) };
  const [toPass, toFail] = [intervalOf(reading, budget.pass), intervalOf(reading, budget.fail)];
  if (toPass === null || toFail === null) {
    return { ...found, verdict: 'inconclusive', sentence: `${said}: too few rows to say more.` };
  }
  const isMet = is === 'min' ? toPass[0] >= bound : toPass[1] <= bound;
  const isMissed = is === 'min' ? toFail[1] < bound : toFail[0] > bound;
  const interval: [number, number] = is === 'min' ? [toPass[0], toFail[1]] : [toFail[0], toPass[1]];
  const verdict = isMet ? 'pass' : isMissed ? 'fail' : 'inconclusive';
  const sentence = `${said}, between ${number(interval[0])} and ${number(interval[1])}, and must be ${goal}.`;
  return { ...found, interval, verdict, sentence };
}

export function isUncertain(reading: MetricReading): reading is UncertainReading {
  return reading.kind === 'rate' || reading.kind === 'mean';
}

/** A difference (candidate − champion), turned so that more of it is worse. */
function worseBy({ better }: Metric, difference: number): number {
  return better === 'lower' ? difference : 0 - difference;
}

function worseInterval(metric: Metric, interval: readonly [number, number] | null): [number, number] | null {
  if (interval === null) return null;
  const [low, high] = interval;
  return metric.better === 'lower' ? [low, high] : [worseBy(metric, high), worseBy(metric, low)];
}

const number = (value: number): string => String(Number(value.toPrecision(4))).replace('-', '−');
