import type { MetricName, Verdict } from '@signalbox/contracts';
import type { GateInput } from './evidence.js';
import { improvementVerdict } from './relative.js';

/** `improvement/<metric>`: not better than the live version by more than is believable. */
export function improvementGates({ model, evaluation, hasChampion }: GateInput): Verdict[] {
  return Object.entries(model.gates.quality).flatMap(([name, { maxImprovement }]) => {
    if (maxImprovement === undefined) return [];
    const metric = name as MetricName;
    const bound = { id: `improvement/${name}`, metric, bound: maxImprovement };
    return improvementVerdict(bound, evaluation.overall.differences[metric], hasChampion);
  });
}
