import type { Metric, RolloutManifest } from '@signalbox/contracts';
import type { Desired } from '../reconcile/index.js';
import type { MetricsQuestion } from './metric-reader.js';

/**
 * What a pass must read of metrics before it decides about a model; null: nothing. Only while a candidate answers users: a copy in shadow has no outcome, and programs and servers
 * are not asked for what nobody judges.
 */
export function metricsQuestion(
  desired: Pick<Desired, 'metrics' | 'strategy'>,
  current: RolloutManifest | null,
  about: { readonly commit: string; readonly eventNowUs: number | null },
): MetricsQuestion | null {
  const { analysis, experiment } = desired.strategy;
  if (current === null || current.candidate === null || current.candidateBuckets === 0) return null;
  if (about.eventNowUs === null) return null;
  const names = new Set(analysis.metrics.map(({ metric }) => metric));
  if (experiment !== undefined && current.rollout.phase === 'experiment') names.add(experiment.metric);
  const metrics = new Map<string, Metric>();
  for (const name of names) {
    const metric = desired.metrics.get(name);
    if (metric !== undefined) metrics.set(name, metric);
  }
  if (metrics.size === 0) return null;
  const asked = [current.champion, current.candidate, ...current.arms.map(({ version }) => version)];
  const { environment, model, packages, rollout, serial } = current;
  return {
    ...{ environment, model, serial, metrics, commit: about.commit },
    versions: packages
      .filter(({ version }) => asked.includes(version))
      .map(({ digest, version }) => ({ digest, version })),
    fromUs: rollout.enteredAt,
    nowUs: about.eventNowUs,
  };
}
