import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { CounterFamily, HistogramFamily } from './series.js';

/** Seconds. Fine where a tabular model answers, coarse up to the longest timeouts. */
const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128];

/** Everything a pod counts, by name. Prometheus reads it at `/metrics`. */
export interface PodMetrics {
  readonly registry: Registry;
  readonly requests: CounterFamily;
  readonly requestSeconds: HistogramFamily;
  readonly phaseSeconds: HistogramFamily;
  readonly failures: CounterFamily;
  readonly degraded: CounterFamily;
  readonly unanswered: CounterFamily;
  readonly shadowsDropped: CounterFamily;
  readonly refused: CounterFamily;
  readonly batchRows: HistogramFamily;
  readonly outcomes: CounterFamily;
  readonly breakersOpened: CounterFamily;
  readonly swaps: CounterFamily;
  readonly polls: CounterFamily;
}

export function createMetrics(): PodMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string) => new CounterFamily(`signalbox_${name}`, help).registerIn(registry);
  const histogram = (name: string, help: string, bounds: readonly number[]) =>
    new HistogramFamily(`signalbox_${name}`, help, bounds).registerIn(registry);
  return {
    registry,
    requests: counter('predictions_total', 'Answers, by the version that gave them and the role it had.'),
    requestSeconds: histogram('prediction_seconds', 'From a parsed request to its answer.', SECONDS),
    phaseSeconds: histogram('phase_seconds', 'Time of one run of a model on a batch of rows: phase is run.', SECONDS),
    failures: counter(
      'version_failures_total',
      'Attempts of a version that gave no score, before any fallback hid them.',
    ),
    degraded: counter('degraded_total', 'Answers that were not what the manifest meant, by role that answered.'),
    unanswered: counter('unanswered_total', 'Requests with no useful answer (503).'),
    shadowsDropped: counter(
      'shadows_dropped_total',
      'Shadow copies that were not made because too many were in flight.',
    ),
    refused: counter('refused_requests_total', 'Requests answered 4xx, by status.'),
    batchRows: histogram('batch_rows', 'Rows in one run of a model.', ROWS),
    outcomes: counter('outcomes_total', 'Outcomes taken in.'),
    breakersOpened: counter(
      'breakers_opened_total',
      'Times that a version was cut off on this pod until the next manifest.',
    ),
    swaps: counter('swaps_total', 'Manifests applied.'),
    polls: counter('polls_total', 'Polls of the signed manifests, by result.'),
  };
}

/** A number that is read when Prometheus asks. */
export function gauge(
  registry: Registry,
  name: string,
  options: { readonly help: string; readonly read: () => number },
): void {
  new Gauge({
    name: `signalbox_${name}`,
    help: options.help,
    registers: [registry],
    collect() {
      this.set(options.read());
    },
  });
}

/** The same, one number a model. */
export function gaugeByModel(
  registry: Registry,
  name: string,
  options: { readonly help: string; readonly read: () => Iterable<readonly [model: string, value: number]> },
): void {
  new Gauge({
    name: `signalbox_${name}`,
    help: options.help,
    labelNames: ['model'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [model, value] of options.read()) this.set({ model }, value);
    },
  });
}

/** What a model is, as the labels of a number that is always 1. */
export type ModelInfo = Readonly<Record<'model' | 'priority' | 'cost_class', string>>;

export function infoByModel(
  registry: Registry,
  name: string,
  options: { readonly help: string; readonly read: () => Iterable<ModelInfo> },
): void {
  new Gauge({
    name: `signalbox_${name}`,
    help: options.help,
    labelNames: ['model', 'priority', 'cost_class'],
    registers: [registry],
    collect() {
      this.reset();
      for (const labels of options.read()) this.set(labels, 1);
    },
  });
}
