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
