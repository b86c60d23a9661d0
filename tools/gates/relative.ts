import type { MetricName, Verdict } from '@signalbox/contracts';
import { METRICS, type PairedDifference } from '../evaluation/index.js';
import { between, count, figure, noData } from './words.js';

export interface RelativeBound {
  readonly id: string;
  readonly metric: MetricName;
  readonly bound: number;
}

/** Candidate against champion, turned so that positive is better. */
interface Gain {
  readonly value: number;
  readonly interval: [number, number];
  readonly rows: number;
}

/** Non-inferiority: the whole interval of the difference must lie on the good side of the margin. */
export function nonInferiorityVerdict(
  { id, metric, bound }: RelativeBound,
  difference: PairedDifference | undefined,
  hasChampion: boolean,
): Verdict {
  const gain = gainOrVerdict({ id, metric }, difference, hasChampion);
  if ('verdict' in gain) return gain;
  const rests = {
    value: gain.value,
    interval: gain.interval,
    bound: -bound,
    formula: `low end of the 95 % interval of the paired gain >= -${bound}`,
    sampleSize: gain.rows,
  };
  const said = `${METRICS[metric].title} is ${better(gain.value)} than the champion's on the same ${count(gain.rows)} rows (${between(gain.interval)}); ${figure(bound)} worse is allowed`;
  if (gain.interval[0] >= -bound) return { id, verdict: 'pass', sentence: `${said}.`, ...rests };
  if (gain.interval[1] < -bound) return { id, verdict: 'fail', sentence: `${said}.`, ...rests };
  return { id, verdict: 'inconclusive', sentence: `${said}: it is not shown to be within that margin.`, ...rests };
}

/** A gain that is too good to be true is a leak until shown otherwise. */
export function improvementVerdict(
  { id, metric, bound }: RelativeBound,
  difference: PairedDifference | undefined,
  hasChampion: boolean,
): Verdict {
  const gain = gainOrVerdict({ id, metric }, difference, hasChampion);
  if ('verdict' in gain) return gain;
  const rests = {
    value: gain.value,
    interval: gain.interval,
    bound,
    formula: `paired gain <= ${bound}; a high end above it warns`,
    sampleSize: gain.rows,
  };
  const said = `${METRICS[metric].title} is ${better(gain.value)} than the champion's (${between(gain.interval)}); more than ${figure(bound)} better is suspicious`;
  if (gain.value > bound) {
    return { id, verdict: 'fail', sentence: `${said}: look for a leak of the label into a feature.`, ...rests };
  }
  if (gain.interval[1] > bound) return { id, verdict: 'warn', sentence: `${said}, and it may be.`, ...rests };
  return { id, verdict: 'pass', sentence: `${said}.`, ...rests };
}

/** The gain over the champion, or the verdict where there is nothing to compare. */
function gainOrVerdict(
  { id, metric }: Pick<RelativeBound, 'id' | 'metric'>,
  difference: PairedDifference | undefined,
  hasChampion: boolean,
): Gain | Verdict {
  const title = METRICS[metric].title;
  if (!hasChampion) {
    return {
      id,
      verdict: 'bootstrap',
      sentence: `There is no champion whose ${lower(title)} could be compared with: this is the first version.`,
    };
  }
  if (difference === undefined) return noData(id, `${title} was not compared with the champion's.`);
  if (!difference.defined) return noData(id, `${title} cannot be compared with the champion's: ${difference.reason}.`);
  return gainOf(metric, difference);
}

function gainOf(metric: MetricName, { value, interval, rows }: PairedDifference & { readonly defined: true }): Gain {
  if (METRICS[metric].betterIs === 'higher') return { value, interval, rows };
  // Zero has no sign for people.
  const turn = (number: number) => (number === 0 ? 0 : -number);
  return { value: turn(value), interval: [turn(interval[1]), turn(interval[0])], rows };
}

function better(gain: number): string {
  return gain >= 0 ? `${figure(gain)} better` : `${figure(-gain)} worse`;
}

function lower(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}
