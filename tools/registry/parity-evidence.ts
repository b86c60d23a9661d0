import type { ParityEvidence } from '../gates/index.js';
import type { BuiltDataset, Snapshots } from './data-steps.js';
import type { Pipeline } from './pipeline.js';
import { recomputeFeatures } from './recompute-features.js';

/** Some evaluation rows as a pod would read them, against the dataset that the models were compared on. */
export async function checkParity(
  pipeline: Pipeline,
  data: BuiltDataset,
  snapshots: Snapshots,
): Promise<ParityEvidence> {
  const { rows, checked, differences } = await recomputeFeatures(pipeline, data, snapshots);
  const [first] = differences;
  const example =
    first &&
    `${first.feature} of label ${first.labelId}: ${first.trained ?? 'missing'} in the dataset, ${first.known ?? 'missing'} online`;
  return { rows, checked, unexplained: differences.length, example: example ?? null };
}
