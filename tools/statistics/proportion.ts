import { normalQuantile } from './normal.js';
import { defined, type Interval, type Statistic, undefinedBecause } from './statistic.js';

/** Wilson's score interval of a proportion k/n, two-sided, without continuity correction. Source: Wilson, JASA 22 (1927). */
export function wilsonInterval(successes: number, trials: number, confidence: number): Statistic<Interval> {
  if (trials === 0) return undefinedBecause('no trials');
  if (successes > trials) return undefinedBecause('k > n');
  if (successes < 0) return undefinedBecause('k < 0');
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const share = successes / trials;
  const spread = (z * z) / trials;
  const centre = (share + spread / 2) / (1 + spread);
  const half = (z / (1 + spread)) * Math.sqrt((share * (1 - share) + spread / 4) / trials);
  // The ends are exactly 0 and 1 for no and for only successes; rounding would leave 1e-18 there.
  return defined([successes === 0 ? 0 : centre - half, successes === trials ? 1 : centre + half]);
}

/**
 * Newcombe's hybrid score interval of the difference of two independent proportions, a - b, two-sided. Unlike the Wald interval
 * it is not empty at 0 of n, so "no error seen" is evidence of about 3/n. Source: Newcombe, Statistics in Medicine 17 (1998), method 10.
 */
export function newcombeInterval(
  a: { readonly successes: number; readonly trials: number },
  b: { readonly successes: number; readonly trials: number },
  confidence: number,
): Statistic<Interval> {
  const first = wilsonInterval(a.successes, a.trials, confidence);
  const second = wilsonInterval(b.successes, b.trials, confidence);
  if (!first.defined) return first;
  if (!second.defined) return second;
  const shareA = a.successes / a.trials;
  const shareB = b.successes / b.trials;
  const difference = shareA - shareB;
  const below = Math.hypot(shareA - first.value[0], second.value[1] - shareB);
  const above = Math.hypot(first.value[1] - shareA, shareB - second.value[0]);
  return defined([difference - below, difference + above]);
}
