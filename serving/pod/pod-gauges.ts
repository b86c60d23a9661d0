import type { PodModelStatus } from '@signalbox/contracts';
import type { Registry } from 'prom-client';
import { gauge, gaugeByModel, infoByModel, type ModelInfo, type SegmentWriter } from '../telemetry/index.js';
import type { Pod } from './pod.js';

interface Sources {
  readonly pod: Pod;
  readonly predictions: { readonly written: number; readonly dropped: number };
  readonly outcomes: { readonly written: number; readonly dropped: number };
  readonly evidence: SegmentWriter | null;
}

/** Numbers that are read off the pod when Prometheus asks. */
export function addGauges(registry: Registry, { pod, predictions, outcomes, evidence }: Sources): void {
  const models = () => Object.values(pod.status().models);
  const add = (name: string, help: string, read: () => number): void => gauge(registry, name, { help, read });
  add('ready', 'Whether the pod is ready (1) or not (0).', () => Number(pod.readiness().ready));
  add('loaded_versions', 'Versions loaded, over all models.', () =>
    models().reduce((sum, { loaded }) => sum + loaded.length, 0),
  );
  gaugeByModel(registry, 'manifest_serial', {
    help: 'The serial of the manifest that serves.',
    read: () => Object.entries(pod.status().models).map(([model, { servedSerial }]) => [model, servedSerial ?? 0]),
  });
  gaugeByModel(registry, 'breaker_open', {
    help: 'Whether a version is asked no more under the manifest that serves, because it failed too often.',
    read: () => Object.entries(pod.status().models).map(([model, { breaker }]) => [model, Number(breaker !== null)]),
  });
  gaugeByModel(registry, 'idle_segments', {
    help: 'Segments that nobody belongs to, because no version takes an input that their condition names.',
    read: () => pod.tables().map(({ manifest, segments }) => [manifest.model, segments.idle.length]),
  });
  infoByModel(registry, 'model_info', {
    help: 'Always 1; the labels say how critical a model is and what it may cost.',
    read: () => Object.entries(pod.status().models).flatMap(([model, { limits }]) => infoOf(model, limits)),
  });
  add('queued_rows', 'Rows waiting for a model, over all versions.', () => queuedRows(pod));
  add(
    'manifest_stale_seconds',
    'Since the signed state was last confirmed.',
    () => Math.max(0, ...models().map(({ staleMs }) => staleMs)) / 1000,
  );
  add('manifest_frozen', 'Whether the signed state has expired.', () => Number(models().some(({ frozen }) => frozen)));
  add(
    'manifests_rejected',
    'Models whose newest manifest was rejected.',
    () => models().filter(({ rejected }) => rejected !== null).length,
  );
  gaugeByModel(registry, 'unusable_versions', {
    help: 'Versions beside the rollout (a fallback, those of segments) that the pod serves without, because it cannot use them (yet).',
    read: () => Object.entries(pod.status().models).map(([model, { unusable }]) => [model, unusable.length]),
  });
  add(
    'log_written',
    'Prediction and outcome records written since the start.',
    () => predictions.written + outcomes.written,
  );
  add(
    'log_dropped',
    'Prediction and outcome records dropped because the store did not take them.',
    () => predictions.dropped + outcomes.dropped,
  );
  add('evidence_segments', 'Segments of evidence written since the start.', () => evidence?.evidence.sequence ?? 0);
  add(
    'evidence_waiting_cells',
    'Cells of evidence that wait for a store that did not take them.',
    () => evidence?.waiting ?? 0,
  );
  add('evidence_lost_cells', 'Cells of evidence lost: the store was away too long.', () => evidence?.lost ?? 0);
}

function infoOf(model: string, limits: PodModelStatus['limits']): readonly ModelInfo[] {
  return limits === null ? [] : [{ model, priority: limits.priority, cost_class: limits.costClass ?? '' }];
}

function queuedRows(pod: Pod): number {
  let rows = 0;
  for (const table of pod.tables())
    for (const { loaded } of table.versions.values()) rows += loaded?.batcher.waiting ?? 0;
  return rows;
}
