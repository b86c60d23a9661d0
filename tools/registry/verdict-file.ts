import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfGates, type Model, type VersionRecord, type Workspace } from '@signalbox/contracts';
import { parsePackageManifest } from '@signalbox/serving/artifacts';
import { type BlobStore, blobKey, readBlob } from '@signalbox/serving/stores';
import { visible } from '../handover/index.js';
import type { JudgedCandidate } from './candidate-path.js';
import type { Pipeline } from './pipeline.js';
import { renderReport } from './report.js';
import { thresholdChanges } from './threshold-changes.js';
import type { RefusalFile, VerdictFile } from './verdict-form.js';
import { versionRecord } from './version-record.js';

/** The name of a verdict in its folder; the files of the package lie beside it, its OCI manifest as `manifest.json`. */
export const VERDICT_FILE = 'verdict.json';
export const MANIFEST_FILE = 'manifest.json';
/** In place of all of them, where the judge came to no verdict. */
export const REFUSAL_FILE = 'refusal.json';

/** What was judged, as one value. `log`: the last lines of the trainer, safe to show. */
export function verdictOf(pipeline: Pipeline, judged: JudgedCandidate, log: readonly string[] = []): VerdictFile {
  const { blockingGates, built, champion, evaluated, evidence, judge, trained, verdicts } = judged;
  const before = champion?.local.bundle.order ?? [];
  const now = pipeline.bundle.order;
  const { record } = trained.trainingData;
  return {
    schema: 'signalbox/verdict/1',
    model: pipeline.model,
    environment: pipeline.environment,
    commit: trained.commit,
    base: judge.commit,
    run: {
      ...trained.run,
      // A run that was known before has the same inputs: it is this commit's run too.
      commit: trained.commit,
      parameters: { ...trained.run.parameters },
      reported: { ...trained.run.reported },
    },
    trainingData: { snapshot: record.snapshot, rows: record.rows },
    package: { digest: built.digest, sizeBytes: built.sizeBytes, contentBytes: built.contentBytes },
    boundTo: {
      champion: champion?.record.package.digest ?? null,
      evaluationData: evaluated.data.digest,
      policy: digestOfGates(blockingGates),
    },
    evidence: { evaluation: evaluated.evaluation, ...evidence },
    verdicts: [...verdicts],
    features: {
      added: champion === null ? [] : now.filter((name) => !before.includes(name)),
      removed: before.filter((name) => !now.includes(name)),
      count: now.length,
    },
    log: [...log],
  };
}

/** Leaves a verdict and its package in an empty folder, for a job that has rights and believes nothing. */
export async function writeVerdict(store: BlobStore, verdict: VerdictFile, folder: string): Promise<void> {
  const manifest = await readBlob(store, verdict.package.digest);
  await writeFile(join(folder, MANIFEST_FILE), manifest);
  for (const { name, digest } of parsePackageManifest(manifest)) {
    await copyFile(await store.localPath(blobKey(digest)), join(folder, name));
  }
  await writeFile(join(folder, VERDICT_FILE), `${JSON.stringify(verdict, null, 2)}\n`);
}

/** Leaves why there is no verdict, for the pull request to say. */
export async function writeRefusal(folder: string, model: string, why: string): Promise<void> {
  const refusal: RefusalFile = { schema: 'signalbox/refusal/1', model, sentence: visible(why) };
  await writeFile(join(folder, REFUSAL_FILE), `${JSON.stringify(refusal)}\n`);
}

/** The record that a verdict earns, made of it and of the documents that it judged. Pure. */
export function recordFrom(verdict: VerdictFile, definition: Model): VersionRecord {
  const { evidence, run, trainingData, verdicts } = verdict;
  return versionRecord({
    built: verdict.package,
    run: { ...run, parameters: definition.training.parameters, seed: definition.training.seed },
    commit: verdict.commit,
    trainingData: { ...trainingData, ...definition.training.period },
    evaluation: evidence.evaluation,
    infrastructure: evidence.infrastructure,
    verdicts,
    boundTo: verdict.boundTo,
  });
}

export interface ReportContext {
  readonly definition: Model;
  /** The main branch's documents. */
  readonly main: Workspace;
  readonly version: number;
}

/** The report on a verdict, in Markdown. Pure. */
export function reportFrom(verdict: VerdictFile, { definition, main, version }: ReportContext): string {
  const { champion } = verdict.boundTo;
  const { training, evaluation } = definition;
  return renderReport({
    model: verdict.model,
    version,
    environment: verdict.environment,
    champion: champion === null ? null : { version: versionOf(main, verdict.model, champion) },
    verdicts: verdict.verdicts,
    evaluation: verdict.evidence.evaluation,
    features: verdict.features,
    period: { training: { ...training.period, rows: verdict.trainingData.rows }, evaluation: evaluation.period },
    thresholds: thresholdChanges(main.models.get(verdict.model), definition),
    package: verdict.package.digest,
    commit: verdict.commit,
    run: verdict.run,
    log: verdict.log,
  });
}

/** Under which number a package is recorded; 0 for one that is not. */
function versionOf(main: Workspace, model: string, digest: string): number {
  const found = [...(main.versions.get(model) ?? [])].find(([, record]) => record.package.digest === digest);
  return found?.[0] ?? 0;
}
