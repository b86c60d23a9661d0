import type { FrozenBins } from './bins.js';

/** What a distribution looked like in the reference: its bins and how many reference rows fell into each. */
export interface ReferenceDistribution {
  readonly bins: FrozenBins;
  /** As long as `binCount(bins)`. */
  readonly counts: readonly number[];
}

/**
 * What a version's inputs and scores looked like when it was made: `profile.json` of its package. Features are counted on its training rows, scores
 * on its evaluation rows, which it was not trained on. Pods count live traffic in the same bins.
 */
export interface ReferenceProfile {
  readonly schema: 'signalbox/profile/1';
  readonly model: string;
  /** In the order of the package's signature. */
  readonly features: readonly ({ readonly name: string } & ReferenceDistribution)[];
  readonly score: ReferenceDistribution;
  readonly featureRows: number;
  readonly scoreRows: number;
}
