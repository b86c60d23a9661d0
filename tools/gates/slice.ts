import type { MetricGate, MetricName, Verdict } from '@signalbox/contracts';
import type { SliceComparison } from '../evaluation/index.js';
import { absoluteVerdict } from './absolute.js';
import type { GateInput } from './evidence.js';
import { absoluteBounds } from './quality.js';
import { improvementVerdict, nonInferiorityVerdict } from './relative.js';
import { count, noData } from './words.js';

/** `slice/<slice>/<metric>`: what is asked of the whole, asked of each part. A part that is missing or too small is no data. */
export function sliceGates({ model, evaluation, hasChampion }: GateInput): Verdict[] {
  return model.evaluation.slices.flatMap(({ name, minRows }) => {
    const slice = evaluation.slices[name];
    return Object.entries(model.gates.slices).flatMap(([metric, gate]) => {
      const id = `slice/${name}/${metric}`;
      if (slice === undefined) return [noData(id, `The slice ${name} was not evaluated.`)];
      if (slice.comparison === null) {
        return [noData(id, `The slice ${name} has ${count(slice.rows)} rows; at least ${count(minRows)} are needed.`)];
      }
      return oneSlice({ id, metric: metric as MetricName, gate, comparison: slice.comparison, hasChampion });
    });
  });
}

function oneSlice({
  id,
  metric,
  gate,
  comparison,
  hasChampion,
}: {
  readonly id: string;
  readonly metric: MetricName;
  readonly gate: MetricGate;
  readonly comparison: NonNullable<SliceComparison['comparison']>;
  readonly hasChampion: boolean;
}): Verdict[] {
  const { metrics, undefinedMetrics } = comparison.candidate;
  const difference = comparison.differences[metric];
  const verdicts = absoluteBounds(id, metric, gate).map((bound) =>
    absoluteVerdict(bound, metrics[metric], undefinedMetrics[metric]),
  );
  if (gate.championMargin !== undefined) {
    const bound = { id: `${id}/champion`, metric, bound: gate.championMargin };
    verdicts.push(nonInferiorityVerdict(bound, difference, hasChampion));
  }
  if (gate.maxImprovement !== undefined) {
    const bound = { id: `${id}/improvement`, metric, bound: gate.maxImprovement };
    verdicts.push(improvementVerdict(bound, difference, hasChampion));
  }
  return verdicts;
}
