import { normalQuantile } from '../statistics/index.js';
import { AliasTable } from './alias-table.js';

/** How many users there are, and how unlike: the busiest hundredth brings ten times as many requests as the middle one. */
const UNITS = 5000;
const ACTIVITY_SIGMA = 1;

export interface Population {
  readonly ids: readonly string[];
  readonly activity: AliasTable;
}

/** Users that come again and again, some of them much more often than others. */
export function populationOf(next: () => number): Population {
  const weights = Array.from({ length: UNITS }, () =>
    Math.exp(ACTIVITY_SIGMA * normalQuantile(Math.max(next(), Number.MIN_VALUE))),
  );
  return { ids: weights.map((_, unit) => `unit ${unit}`), activity: new AliasTable(weights) };
}
