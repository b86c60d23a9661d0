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
  readonly windows: ReferenceWindows;
}

/**
 * The reference once more, by whole windows of event time: as far as its own windows lie from each other, live ones may as well. Counts are in the bins
 * of the distributions above; windows are in order of time, and there may be none.
 */
export interface ReferenceWindows {
  /** How long they are: the model's `monitoring.window` when it was packaged. */
  readonly windowUs: number;
  /** By feature, then by window. */
  readonly features: readonly (readonly (readonly number[])[])[];
  /** By window. */
  readonly score: readonly (readonly number[])[];
}
