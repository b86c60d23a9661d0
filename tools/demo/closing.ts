import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatInstant, type VersionRecord } from '@signalbox/contracts';
import { fetchPackage, readPackage } from '@signalbox/serving/artifacts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { storeAddresses } from '../features/index.js';
import {
  type ReportAct,
  type ReportData,
  type ReportParity,
  type ReportVersion,
  renderReport,
} from '../report/index.js';
import { loadWorkspace } from '../validate/index.js';
import { type RollbackMeasure, rollbackSeconds } from './acts/revert.js';
import { readEvaluationScores } from './evaluation-scores.js';
import { versionOutcomes } from './outcomes.js';
import type { Proposed } from './release-steps.js';
import { type Publication, readPublications, rolloutEntries } from './rollout-log.js';
import type { DemoResult } from './run-demo.js';
import { ENVIRONMENT, MODEL, type Serving, type Stage } from './stage.js';
import type { DemoSummary } from './summary.js';
import { summaryTable } from './summary-table.js';

export interface Played {
  readonly acts: readonly ReportAct[];
  readonly proposed: readonly Proposed[];
  readonly rollback: RollbackMeasure;
  readonly parity: ReportParity;
  /** Event time at the end of the rollout's story: what came after is not in its plots. */
  readonly actsEndUs: number;
  /** As `performance.now()` counts. */
  readonly startedAt: number;
}

/** Writes the report, and sums everything up from what was measured. */
export async function closing(stage: Stage, serving: Serving, played: Played): Promise<DemoResult> {
  const publications = await readPublications(stage.rolloutLog);
  const versions = await describeVersions(stage, publications, played.proposed);
  const seconds = rollbackSeconds(stage, played.rollback);
  const data = reportData(stage, { ...played, publications, versions, seconds });
  await writeFile(stage.scratch.report, await renderReport(data));
  const summary = summarise(stage, serving, { ...played, versions, seconds });
  const { medianMs, p99Ms } = data.requests;
  const table = summaryTable(summary, { versions, medianMs, p99Ms, keep: stage.keep });
  return { summary, text: stage.keep ? `${table}\n\n${keptText(stage, serving)}` : table };
}

/** What goes on running, what to try with it, and how to stop it. */
function keptText({ processes, scratch }: Stage, { pods, replay }: Serving): string {
  const at = formatInstant(replay.nowUs);
  const request = {
    entities: { origin: 'ATL', route: { origin: 'ATL', destination: 'JFK' } },
    request: { distance: 760 },
    at,
  };
  return [
    `  Still running: ${processes.running.map(({ name, pid }) => `${name} (${pid})`).join(', ')}. Try`,
    `    curl -s ${pods[0]!.address}/v1/models/${MODEL}/predict -H 'content-type: application/json' -d '${JSON.stringify(request)}'`,
    `    cd ${scratch.work} && npx signalbox status --env ${ENVIRONMENT}`,
    `  and stop them all with`,
    `    kill ${processes.running.map(({ pid }) => pid).join(' ')}`,
  ].join('\n');
}

function reportData(
  { context, meter }: Stage,
  {
    acts,
    actsEndUs,
    rollback,
    parity,
    publications,
    versions,
    seconds,
  }: Played & {
    readonly publications: readonly Publication[];
    readonly versions: readonly ReportVersion[];
    readonly seconds: number;
  },
): ReportData {
  return {
    title: 'A model is released, improved and taken back',
    model: MODEL,
    environment: ENVIRONMENT,
    generatedAtMs: context.wallNow(),
    requests: {
      total: meter.total,
      failed: meter.failures.length,
      degraded: meter.degraded,
      medianMs: meter.latencyMs(0.5),
      p99Ms: meter.latencyMs(0.99),
    },
    acts,
    versions,
    rollout: rolloutEntries(publications, (wallMs) => meter.eventTimeAt(wallMs)),
    traffic: meter.trafficBins(actsEndUs),
    rollback: {
      fromVersion: rollback.fromVersion,
      toVersion: rollback.toVersion,
      seconds,
      allowedSeconds: rollback.allowedSeconds,
      allowance: rollback.allowance,
      answers: meter.around(rollback.revertedAtMs, { before: 1, after: rollback.allowedSeconds + 0.5 }),
    },
    parity,
  };
}

function summarise(
  { meter, scratch }: Stage,
  { pods }: Serving,
  {
    acts,
    rollback,
    parity,
    startedAt,
    versions,
    seconds,
  }: Played & {
    readonly versions: readonly ReportVersion[];
    readonly seconds: number;
  },
): DemoSummary {
  return {
    requests: meter.total,
    failed: meter.failures.length,
    degraded: Object.values(meter.degraded).reduce((sum, count) => sum + count, 0),
    wallSeconds: (performance.now() - startedAt) / 1000,
    acts: acts.map((act) => ({ name: act.name, seconds: act.seconds })),
    versions: versions.map(({ version, digest, outcome }) => ({ model: MODEL, version, digest, outcome })),
    blocked: [],
    rollbackSeconds: seconds,
    rollbackAllowedSeconds: rollback.allowedSeconds,
    drift: [],
    parity: { checked: parity.checked, unexplained: parity.unexplained },
    lineage: null,
    pods: pods.map(({ address }) => ({ http: address })),
    report: scratch.report,
  };
}

async function describeVersions(
  { scratch }: Stage,
  publications: readonly Publication[],
  proposed: readonly Proposed[],
): Promise<readonly ReportVersion[]> {
  const workspace = await loadWorkspace(scratch.work);
  const { environment } = workspace.environments.get(ENVIRONMENT)!;
  const store = openBlobStore(storeAddresses(scratch.work, environment).artifacts);
  const records = [...(workspace.versions.get(MODEL) ?? [])].sort(([a], [b]) => a - b);
  const outcomes = versionOutcomes(
    publications,
    records.map(([version]) => version),
  );
  // The newest comparison has every version on the same rows: its candidate, and the champion of that time.
  const { evaluation } = proposed.at(-1)!;
  const scoresOf = (version: number) =>
    version === proposed.at(-1)!.version ? evaluation.candidate : evaluation.champion;
  return Promise.all(
    records.map(async ([version, record]) => ({
      version,
      digest: record.package.digest,
      outcome: outcomes.get(version)!,
      features: await countFeatures(store, record, scratch.work),
      metrics: record.metrics,
      verdicts: record.verdicts,
      scores: await readScores(store, scoresOf(version)),
    })),
  );
}

async function readScores(store: BlobStore, digest: string | null): Promise<ReportVersion['scores']> {
  return digest === null ? null : readEvaluationScores(store, digest);
}

async function countFeatures(store: BlobStore, record: VersionRecord, work: string): Promise<number> {
  const cacheDir = join(work, '.signalbox', 'cache');
  const { signature } = await readPackage(await fetchPackage(store, record.package.digest, { cacheDir }));
  return signature.features.length;
}
