import { type Metric, US_PER_MINUTE } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { type JoinedAnswer, joinOutcomes } from '../../evidence/index.js';
import type { MetricReading } from '../analysis/index.js';
import { broken, noData } from './problems.js';
import type { Subject } from './subject.js';

type OutcomeMetric = Extract<Metric, { kind: 'outcome' }>;

/** A score of exactly 0 or 1 that is wrong would be an infinite loss, and one such row would decide everything: losses end here. */
const NEAREST_TO_CERTAIN = 1e-6;

/**
 * What became of the answers that one version gave in its own right since the stage began. Answers of the champion from the same time stand beside those of the candidate, so that
 * outcomes which come late, or come sooner when they are bad, are late for both.
 */
export async function readOutcomes(store: BlobStore, metric: OutcomeMetric, subject: Subject): Promise<MetricReading> {
  const { digest, environment, fromUs, nowUs } = subject;
  const { joined } = await joinOutcomes(store, { environment, package: digest, fromUs, toUs: nowUs });
  return outcomeReading(joined, metric.value);
}

/** Outcomes come over hours and days, and joining them reads every log of the environment: once in so much event time is enough. */
const FRESH_US = 5 * US_PER_MINUTE;

/** The same, remembered for a while: passes come every half minute. */
export function rememberedOutcomes(read: typeof readOutcomes): typeof readOutcomes {
  const known = new Map<string, { readonly nowUs: number; readonly reading: Promise<MetricReading> }>();
  return (store, metric, subject) => {
    const { digest, environment, fromUs, nowUs } = subject;
    const key = `${environment} ${digest} ${metric.value} ${fromUs}`;
    const last = known.get(key);
    if (last !== undefined && nowUs >= last.nowUs && nowUs < last.nowUs + FRESH_US) return last.reading;
    const reading = read(store, metric, subject);
    known.set(key, { nowUs, reading });
    reading.catch(() => known.delete(key));
    return reading;
  };
}

/** The reading of answers whose outcomes are known. */
export function outcomeReading(joined: readonly JoinedAnswer[], value: OutcomeMetric['value']): MetricReading {
  if (joined.length === 0) return noData('no outcome came back yet.');
  const odd = joined.find(({ outcome }) => Number(outcome) !== 0 && Number(outcome) !== 1);
  if (odd !== undefined)
    return broken(`${value} is about outcomes that are 0 or 1, and one is ${Number(odd.outcome)}.`);
  if (value === 'positive_rate') {
    return {
      kind: 'rate',
      successes: joined.filter(({ outcome }) => Number(outcome) === 1).length,
      total: joined.length,
    };
  }
  const impossible = joined.find(({ score }) => !(score >= 0 && score <= 1));
  if (impossible !== undefined) return broken(`${value} is about probabilities, and a score is ${impossible.score}.`);
  const losses = joined.map(value === 'brier' ? brier : logLoss);
  return {
    kind: 'mean',
    rows: losses.length,
    sum: losses.reduce((all, each) => all + each, 0),
    sumSquares: losses.reduce((all, each) => all + each * each, 0),
  };
}

const brier = ({ outcome, score }: JoinedAnswer): number => (score - Number(outcome)) ** 2;

function logLoss({ outcome, score }: JoinedAnswer): number {
  const ofOutcome = Number(outcome) === 1 ? score : 1 - score;
  return -Math.log(Math.min(1 - NEAREST_TO_CERTAIN, Math.max(NEAREST_TO_CERTAIN, ofOutcome)));
}
