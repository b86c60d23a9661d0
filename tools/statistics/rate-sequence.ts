import { logBeta } from './gamma.js';
import { defined, type Interval, type Statistic, undefinedBecause } from './statistic.js';

export interface Trials {
  readonly successes: number;
  readonly trials: number;
}

/**
 * The mixture over the rates that may be true. It leans towards small ones, where errors live: without a success in n trials the upper bound at 5 %
 * is 3.7/n at 1,000 trials, when a single look can do no better than 3/n; an even mixture would say 9.9/n.
 */
const MIXTURE_A = 0.1;
const MIXTURE_B = 1;
const BISECTIONS = 60;

/**
 * Evidence against a rate: how much more often the trials come out like this under the mixture than under `rate`, as a logarithm. For the true rate
 * its exponential is a martingale that starts at 1, so it ever exceeds 1/alpha with probability at most alpha (Ville's inequality).
 */
export function logEvidenceAgainst(counts: Trials, rate: number): number {
  return logMixture(counts) - logLikelihood(counts, rate);
}

/**
 * Confidence sequence of a rate, exact for any number of trials: an interval that may be looked at after every trial, and misses the rate at any of
 * the looks with probability at most alpha. All rates against which there is less evidence than 1/alpha. Source: Robbins, Ann. Math. Statist. 41
 * (1970), with a Beta mixture, as in Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 49 (2021), section 3.
 */
export function rateSequence(counts: Trials, alpha: number): Statistic<Interval> {
  const { successes, trials } = counts;
  if (!(alpha > 0 && alpha < 1)) return undefinedBecause('alpha is outside (0, 1)');
  if (!(trials > 0)) return undefinedBecause('no trials');
  if (!(successes >= 0 && successes <= trials)) return undefinedBecause('successes are outside 0 to the trials');
  // Rates under which the trials are less likely than this are out: there is more evidence against them than 1/alpha.
  const leastLikely = logMixture(counts) + Math.log(alpha);
  const isOut = (rate: number): boolean => logLikelihood(counts, rate) <= leastLikely;
  const share = successes / trials;
  return defined([
    successes === 0 ? 0 : boundary({ inside: share, outside: 0 }, isOut),
    successes === trials ? 1 : boundary({ inside: share, outside: 1 }, isOut),
  ]);
}

/** The evidence rises on both sides of the observed share, so each end is found by bisection; rounded outwards. */
function boundary(start: { inside: number; outside: number }, isOut: (rate: number) => boolean): number {
  let { inside, outside } = start;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (inside + outside) / 2;
    if (isOut(middle)) outside = middle;
    else inside = middle;
  }
  return outside;
}

function logMixture({ successes, trials }: Trials): number {
  return logBeta(MIXTURE_A + successes, MIXTURE_B + trials - successes) - logBeta(MIXTURE_A, MIXTURE_B);
}

function logLikelihood({ successes, trials }: Trials, rate: number): number {
  return times(successes, Math.log(rate)) + times(trials - successes, Math.log1p(-rate));
}

/** 0 times an infinite logarithm is 0 here: what did not happen says nothing. */
const times = (count: number, logarithm: number): number => (count === 0 ? 0 : count * logarithm);
