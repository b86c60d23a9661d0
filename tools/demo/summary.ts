import { rename, writeFile } from 'node:fs/promises';
import type { PredictionTrace } from '../lineage/index.js';
import type { ReportVersion } from '../report/index.js';
import type { Measured } from './played.js';
import { MODEL, type Serving, type Stage } from './stage.js';

/** What `--summary` writes. */
export interface DemoSummary {
  readonly requests: number;
  /** Requests with no useful answer. */
  readonly failed: number;
  readonly degraded: number;
  readonly wallSeconds: number;
  readonly acts: readonly { readonly name: string; readonly seconds: number }[];
  readonly versions: readonly {
    readonly model: string;
    readonly version: number;
    readonly digest: string;
    readonly outcome: ReportVersion['outcome'];
  }[];
  readonly blocked: readonly {
    readonly version: number;
    readonly gate: string;
    readonly reason: string;
    readonly feature: string;
    readonly rows: number;
  }[];
  readonly rollbackSeconds: number;
  readonly rollbackAllowedSeconds: number;
  readonly drift: readonly {
    readonly signal: string;
    /** What the value is. */
    readonly distance: string;
    readonly value: number;
    readonly threshold: number;
  }[];
  readonly parity: { readonly checked: number; readonly unexplained: number };
  /** One answer, traced to what it came from. */
  readonly lineage: {
    readonly prediction: string;
    readonly version: number;
    readonly commit: string;
    readonly run: string;
    readonly dataset: string;
  };
  readonly pods: readonly { readonly http: string }[];
  readonly report: string;
}

/** What was measured, as `--summary` writes it. */
export function summaryOf({ meter, scratch }: Stage, { pods }: Serving, measured: Measured): DemoSummary {
  const { acts, drifted, leaked, parity, rollback, rollbackSeconds, wallSeconds, versions } = measured;
  return {
    requests: meter.total,
    failed: meter.failures.length,
    degraded: Object.values(meter.degraded).reduce((sum, count) => sum + count, 0),
    wallSeconds,
    acts: acts.map(({ name, seconds }) => ({ name, seconds })),
    versions: [
      ...versions.map(({ version, digest, outcome }) => ({ model: MODEL, version, digest, outcome })),
      { model: MODEL, version: leaked.proposed.version, digest: leaked.proposed.package, outcome: 'blocked' },
    ],
    blocked: leaked.refused.map(({ id, sentence, feature = '', value = 0 }) => ({
      version: leaked.proposed.version,
      gate: id,
      reason: sentence,
      feature,
      rows: value,
    })),
    rollbackSeconds,
    rollbackAllowedSeconds: rollback.allowedSeconds,
    drift: drifted.drifted.map(({ name, threshold, verdict }) => ({
      signal: name,
      distance: 'jensen-shannon',
      value: verdict.value ?? 0,
      threshold,
    })),
    parity: { checked: parity.checked, unexplained: parity.unexplained },
    lineage: lineageOf(measured.traced.trace),
    pods: pods.map(({ address }) => ({ http: address })),
    report: scratch.report,
  };
}

function lineageOf({ prediction, version: { record, version } }: PredictionTrace): DemoSummary['lineage'] {
  return {
    prediction: prediction.id,
    version,
    commit: record.commit,
    run: record.run,
    dataset: record.trainedOn.dataset,
  };
}

/** Whole or not at all. */
export async function writeSummary(path: string, summary: DemoSummary): Promise<void> {
  const draft = `${path}.part`;
  await writeFile(draft, `${JSON.stringify(summary, null, 2)}\n`);
  await rename(draft, path);
}
