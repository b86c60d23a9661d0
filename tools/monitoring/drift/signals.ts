import { binLabels, type EvidenceCell, type ReferenceDistribution, type ReferenceProfile } from '@signalbox/contracts';
import { variationOf } from './variation.js';

/** One thing that is watched: a feature, or the score. */
export interface Signal {
  /** `view.feature`, or `score`. */
  readonly name: string;
  readonly kind: 'feature' | 'score';
  readonly reference: ReferenceDistribution;
  readonly labels: readonly string[];
  /** As far as the reference's own windows lie apart; null where that is not known. */
  readonly variation: number | null;
  /** Live counts in the bins of the reference; empty where a cell has none. */
  readonly countsOf: (cell: EvidenceCell) => readonly number[];
}

/** Every feature of a profile in its order, then the score. Its own windows count where they are as long as those that are looked at. */
export function signalsOf({ features, score, windows }: ReferenceProfile, windowUs: number): readonly Signal[] {
  const variation = (counts: readonly (readonly number[])[] | undefined) =>
    windows.windowUs === windowUs ? variationOf(counts ?? []) : null;
  const inputs = features.map(
    ({ name, ...reference }, at): Signal => ({
      name,
      kind: 'feature',
      reference,
      labels: binLabels(reference.bins),
      variation: variation(windows.features[at]),
      countsOf: (cell) => cell.features[at] ?? [],
    }),
  );
  const labels = binLabels(score.bins);
  const countsOf = (cell: EvidenceCell) => cell.score;
  const scores = { reference: score, labels, variation: variation(windows.score), countsOf };
  return [...inputs, { name: 'score', kind: 'score', ...scores }];
}
