import type { MetricName, Verdict } from '@signalbox/contracts';
import type { GateInput } from './evidence.js';
import { nonInferiorityVerdict } from './relative.js';

/** `champion/<metric>`: not worse than the live version, on the same rows, by more than a margin. */
export function championGates({ model, evaluation, hasChampion }: GateInput): Verdict[] {
  return Object.entries(model.gates.quality).flatMap(([name, { championMargin }]) => {
    if (championMargin === undefined) return [];
    const metric = name as MetricName;
    const bound = { id: `champion/${name}`, metric, bound: championMargin };
    return nonInferiorityVerdict(bound, evaluation.overall.differences[metric], hasChampion);
  });
}
