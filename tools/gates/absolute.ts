import type { MetricName, MetricValue, Verdict } from '@signalbox/contracts';
import { METRICS } from '../evaluation/index.js';
import { between, count, figure, noData } from './words.js';

export interface AbsoluteBound {
  readonly id: string;
  readonly metric: MetricName;
  readonly side: 'min' | 'max';
  readonly bound: number;
}

/**
 * A metric against a fixed bound. It passes when the whole interval keeps the bound, fails when the value breaks it, and is inconclusive in
 * between: a good value on too few rows is luck.
 */
export function absoluteVerdict(
  { id, metric, side, bound }: AbsoluteBound,
  found: MetricValue | undefined,
  whyMissing: string | undefined,
): Verdict {
  const wanted = `${side === 'min' ? 'at least' : 'at most'} ${figure(bound)} is required`;
  if (found === undefined) {
    return noData(id, `${METRICS[metric].title} is missing (${whyMissing ?? 'it was not computed'}); ${wanted}.`);
  }
  const rests = {
    value: found.value,
    ...(found.interval ? { interval: found.interval } : {}),
    bound,
    sampleSize: found.rows,
  };
  const formula =
    side === 'min' ? `low end of the 95 % interval >= ${bound}` : `high end of the 95 % interval <= ${bound}`;
  const keeps = (value: number) => (side === 'min' ? value >= bound : value <= bound);
  const evidence = found.interval ? between(found.interval) : 'no interval could be computed';
  const said = `${METRICS[metric].title} is ${figure(found.value)} on ${count(found.rows)} rows (${evidence}); ${wanted}`;
  if (!keeps(found.value)) return { id, verdict: 'fail', sentence: `${said}.`, ...rests, formula };
  if (found.interval && keeps(found.interval[0]) && keeps(found.interval[1])) {
    return { id, verdict: 'pass', sentence: `${said}.`, ...rests, formula };
  }
  return { id, verdict: 'inconclusive', sentence: `${said}: the evidence is too weak to say so.`, ...rests, formula };
}
