import { binLabels, type EvidenceCell, type ReferenceDistribution, type ReferenceProfile } from '@signalbox/contracts';

/** One thing that is watched: a feature, or the score. */
export interface Signal {
  /** `view.feature`, or `score`. */
  readonly name: string;
  readonly kind: 'feature' | 'score';
  readonly reference: ReferenceDistribution;
  readonly labels: readonly string[];
  /** Live counts in the bins of the reference; empty where a cell has none. */
  readonly countsOf: (cell: EvidenceCell) => readonly number[];
}

/** Every feature of a profile in its order, then the score. */
export function signalsOf({ features, score }: ReferenceProfile): readonly Signal[] {
  const inputs = features.map(
    ({ name, ...reference }, at): Signal => ({
      name,
      kind: 'feature',
      reference,
      labels: binLabels(reference.bins),
      countsOf: (cell) => cell.features[at] ?? [],
    }),
  );
  const labels = binLabels(score.bins);
  return [...inputs, { name: 'score', kind: 'score', reference: score, labels, countsOf: (cell) => cell.score }];
}
