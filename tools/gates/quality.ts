import type { MetricGate, MetricName, Verdict } from '@signalbox/contracts';
import { type AbsoluteBound, absoluteVerdict } from './absolute.js';
import type { GateInput } from './evidence.js';

/** `quality/<metric>`: the candidate's metric against a fixed bound. */
export function qualityGates({ model, evaluation }: GateInput): Verdict[] {
  const { metrics, undefinedMetrics } = evaluation.overall.candidate;
  return Object.entries(model.gates.quality).flatMap(([name, gate]) => {
    const metric = name as MetricName;
    return absoluteBounds(`quality/${name}`, metric, gate).map((bound) =>
      absoluteVerdict(bound, metrics[metric], undefinedMetrics[metric]),
    );
  });
}

/** A metric with both bounds gets a verdict for each. */
export function absoluteBounds(id: string, metric: MetricName, { min, max }: MetricGate): AbsoluteBound[] {
  const both = min !== undefined && max !== undefined;
  const of = (side: 'min' | 'max', bound: number | undefined): AbsoluteBound[] =>
    bound === undefined ? [] : [{ id: both ? `${id}/${side}` : id, metric, side, bound }];
  return [...of('min', min), ...of('max', max)];
}
