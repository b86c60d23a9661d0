import { type EvidenceCell, type Metric, parseDurationUs, type Strategy, type Verdict } from '@signalbox/contracts';
import { isUncertain } from './metric.js';
import { differenceInterval, readingValue, type UncertainReading } from './metric-bounds.js';
import { readingProblem } from './reading-problem.js';
import type { SideEvidence } from './rule.js';
import { judgeSampleRatio } from './sample-ratio.js';

export const EXPERIMENT_ID = 'rollout/experiment';

/** One arm, the champion's included, with the buckets that the manifest gives it. */
export interface ExperimentArm {
  readonly version: number;
  readonly buckets: number;
  readonly evidence: SideEvidence;
  /** What it was asked where nothing but its buckets decided who asks it. */
  readonly split: EvidenceCell | null;
}

export interface ExperimentEvidence {
  readonly champion: ExperimentArm;
  /** The version that Git asks for: its buckets are the first. */
  readonly asked: ExperimentArm;
  /** The other arms, in the order of their buckets. */
  readonly others: readonly ExperimentArm[];
}

export interface ExperimentRule {
  readonly experiment: NonNullable<Strategy['experiment']>;
  /** The one that decides; undefined: no document of this name. */
  readonly metric: Metric | undefined;
  readonly confidence: number;
  /** Event time since the experiment began; null: nobody knows. */
  readonly elapsedUs: number | null;
}

export interface ExperimentJudgement {
  /**
   * `rollout/experiment`: pass when the asked version won; fail when another arm did, or nobody can any more. `rollout/sample-ratio`: fail when units were not
   * split as the manifest says, and then nobody wins.
   */
  readonly verdicts: readonly Verdict[];
  /** Who was shown to be better than the champion; null: nobody yet. */
  readonly winner: number | null;
}

/** One arm against the champion, in the direction that the metric calls better. */
interface Compared {
  readonly version: number;
  readonly value: number;
  /** Null: too few rows to say. */
  readonly interval: readonly [number, number] | null;
}

/** Nobody can be compared, and why. */
type Uncompared = Pick<Verdict, 'verdict' | 'sentence'>;

interface Ruling extends Uncompared {
  readonly winner: number | null;
}

const FORMULA = 'how much better than the champion; confidence sequences, the error shared by the arms';

/**
 * Who wins an experiment: the arm that is shown to be better than the champion by more than `minEffect`; of several, the best. Each arm may be called better wrongly
 * with its part of the error, so more arms make a wrong winner no likelier. Nobody wins before the least duration and the least sample of every arm.
 */
export function judgeExperiment(evidence: ExperimentEvidence, rule: ExperimentRule): ExperimentJudgement {
  const { asked, champion, others } = evidence;
  const ratio = judgeSampleRatio(
    [asked, ...others, champion].map(({ buckets, split, version }) => ({ buckets, cell: split, version })),
  );
  const compared = compare(evidence, rule);
  const { winner, ...ruling } = decide(compared, { evidence, ratio, rule });
  const own = 'verdict' in compared ? undefined : compared.find(({ version }) => version === asked.version);
  const measured = { id: EXPERIMENT_ID, bound: rule.experiment.minEffect, formula: FORMULA, ...numbersOf(own) };
  return { verdicts: [{ ...measured, ...ruling }, ratio], winner };
}

interface Circumstances {
  readonly evidence: ExperimentEvidence;
  readonly ratio: Verdict;
  readonly rule: ExperimentRule;
}

function decide(compared: readonly Compared[] | Uncompared, { evidence, ratio, rule }: Circumstances): Ruling {
  if (ratio.verdict === 'fail') {
    return { verdict: 'inconclusive', sentence: 'Nobody wins: the arms were not split as meant.', winner: null };
  }
  const { asked, champion } = evidence;
  const { maxDuration, metric, minEffect } = rule.experiment;
  const said =
    'verdict' in compared ? compared.sentence : `${metric}, better by: ${compared.map(describe).join(', ')}.`;
  const open = ratio.verdict === 'pass' ? notYet(evidence, rule) : ratio.sentence;
  if (!('verdict' in compared) && open === null) {
    const best = bestOf(compared, minEffect);
    if (best !== null) {
      const sentence = `Version ${best.version} is shown to be better than version ${champion.version}. ${said}`;
      return { verdict: best.version === asked.version ? 'pass' : 'fail', sentence, winner: best.version };
    }
    if (compared.every(({ interval }) => interval !== null && interval[1] <= minEffect)) {
      const sentence = `No version is better than version ${champion.version} by more than ${minEffect}. ${said}`;
      return { verdict: 'fail', sentence, winner: null };
    }
  }
  if (rule.elapsedUs !== null && rule.elapsedUs >= parseDurationUs(maxDuration)) {
    const sentence = `No version was shown to be better than version ${champion.version} within ${maxDuration}. ${said}`;
    return { verdict: 'fail', sentence, winner: null };
  }
  if ('verdict' in compared) return { ...compared, winner: null };
  return { verdict: 'inconclusive', sentence: `${said} ${open ?? 'More requests will tell.'}`, winner: null };
}

/** Why nobody may win yet, whatever the numbers say; null: somebody may. */
function notYet(
  { asked, champion, others }: ExperimentEvidence,
  { elapsedUs, experiment }: ExperimentRule,
): string | null {
  const { minDuration, minSample } = experiment;
  if (elapsedUs === null || elapsedUs < parseDurationUs(minDuration))
    return `Nobody wins before ${minDuration} are over.`;
  const short = [asked, ...others, champion].find(({ evidence }) => (evidence.cell?.asked ?? 0) < minSample);
  return short === undefined ? null : `Version ${short.version} got fewer than ${minSample} requests.`;
}

function compare(
  { asked, champion, others }: ExperimentEvidence,
  rule: ExperimentRule,
): readonly Compared[] | Uncompared {
  const { confidence, experiment, metric } = rule;
  if (metric === undefined) return { verdict: 'error', sentence: `There is no metric ${experiment.metric}.` };
  const readings = [champion, asked, ...others].map(({ evidence, version }) => ({
    version,
    reading: evidence.metrics.get(experiment.metric),
  }));
  for (const { reading, version } of readings) {
    const problem = readingProblem(reading, `version ${version}`);
    if (problem !== null) return { ...problem, sentence: `Metric ${experiment.metric}: ${problem.sentence}` };
    if (isUncertain(reading!)) continue;
    const sentence = `Metric ${experiment.metric} is a plain number, which says not how sure it is: it cannot decide an experiment.`;
    return { verdict: 'error', sentence };
  }
  const [base, ...arms] = readings as { version: number; reading: UncertainReading }[];
  const alpha = (1 - confidence) / arms.length;
  return arms.map(({ reading, version }) => {
    const interval = differenceInterval(reading, base!.reading, alpha);
    const difference = readingValue(reading) - readingValue(base!.reading);
    if (metric.better === 'higher') return { version, value: difference, interval };
    return { version, value: 0 - difference, interval: interval && [0 - interval[1], 0 - interval[0]] };
  });
}

function bestOf(compared: readonly Compared[], minEffect: number): Compared | null {
  return compared
    .filter(({ interval }) => interval !== null && interval[0] > minEffect)
    .reduce<Compared | null>((best, one) => (best !== null && best.value >= one.value ? best : one), null);
}

function numbersOf(own: Compared | undefined): Partial<Verdict> {
  if (own === undefined) return {};
  return { value: own.value, ...(own.interval && { interval: [own.interval[0], own.interval[1]] }) };
}

function describe({ interval, value, version }: Compared): string {
  const range = interval === null ? 'too few rows' : `between ${number(interval[0])} and ${number(interval[1])}`;
  return `version ${version} ${number(value)} (${range})`;
}

const number = (value: number): string => String(Number(value.toPrecision(4))).replace('-', '−');
