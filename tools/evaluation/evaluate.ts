import {
  type EvaluationRecord,
  type MetricName,
  type MetricValue,
  type Model,
  SignalboxError,
  type Variables,
} from '@signalbox/contracts';
import type { ModelSpec } from '@signalbox/serving/runtime';
import { type BlobStore, putJsonBlob } from '@signalbox/serving/stores';
import type { JsonCache } from '../cache/index.js';
import { type CompareOptions, compareScores, type ScoreComparison } from './compare-scores.js';
import { matchRows } from './match-rows.js';
import { type DatasetRows, type ReadRowsRequest, readDatasetRows } from './read-rows.js';
import { scoreRows } from './score-rows.js';
import { storeScores } from './store-scores.js';

/** A model and the dataset that it is scored on: features in its own order. */
export interface EvaluatedModel {
  readonly onnxDigest: string;
  readonly spec: ModelSpec;
  readonly features: readonly string[];
  readonly dataset: { readonly digest: string; readonly fileDigest: string; readonly path: string };
}

export interface EvaluateRequest {
  readonly name: string;
  readonly model: Pick<Model, 'evaluation'>;
  readonly candidate: EvaluatedModel;
  readonly champion: EvaluatedModel | null;
  /** What the conditions of slices may name. */
  readonly variables: Variables;
  readonly store: BlobStore;
  readonly cache: JsonCache;
  readonly workFolder: string;
  readonly signal?: AbortSignal;
}

/** What is known of candidate and champion on the same rows, overall and by slice. */
export interface Evaluation {
  readonly rows: number;
  readonly overall: ScoreComparison;
  readonly slices: Readonly<Record<string, SliceComparison>>;
  /** Digests of the two `EvaluationRecord`s in the store. */
  readonly candidateRecord: string;
  readonly championRecord: string | null;
}

export interface SliceComparison {
  readonly rows: number;
  /** Null when the slice has fewer rows than it asks for. */
  readonly comparison: ScoreComparison | null;
}

/** Resamples of an interval. Three hundred place its ends within about a tenth of its width, and cost a second for 100,000 rows. */
const RESAMPLES = 300;
const CONFIDENCE = 0.95;

/** Rises when the meaning of an evaluation changes, so that cached ones are not used any more. */
const MEANING = 1;

/**
 * Scores candidate and champion on the same rows in the serving runtime and compares them. The same inputs are not evaluated twice.
 * Throws `training/failed` for a candidate that gives NaN, `input/bad-data` when the two datasets are not of the same labels.
 */
export async function evaluate(request: EvaluateRequest): Promise<Evaluation> {
  const key = cacheKey(request);
  const known = await request.cache.read<Evaluation>('evaluation', key);
  if (known !== null) return known;
  const scored = await scoreBoth(request);
  const evaluation = await compareAndStore(request, scored);
  await request.cache.write('evaluation', key, evaluation);
  return evaluation;
}

function cacheKey({ model, candidate, champion }: EvaluateRequest) {
  const of = ({ onnxDigest, features, dataset, spec }: EvaluatedModel) => ({
    onnxDigest,
    features,
    dataset: dataset.fileDigest,
    input: spec.input,
    output: spec.output,
  });
  const { metrics, slices } = model.evaluation;
  const measure = { metrics, slices, resamples: RESAMPLES, confidence: CONFIDENCE };
  return { meaning: MEANING, candidate: of(candidate), champion: champion && of(champion), measure };
}

interface Scored {
  readonly rows: DatasetRows;
  readonly candidate: Float64Array;
  /** In the order of `rows`. */
  readonly champion: Float64Array | null;
}

async function scoreBoth({ model, candidate, champion, variables, signal }: EvaluateRequest): Promise<Scored> {
  const stop = signal === undefined ? {} : { signal };
  const read = { variables, ...stop };
  const { slices } = model.evaluation;
  const rows = await readDatasetRows({ ...read, path: candidate.dataset.path, features: candidate.features, slices });
  const theirs = champion && (selectFeatures(rows, { candidate, champion }) ?? (await readChampion(champion, read)));
  const [ours, scores] = await Promise.all([
    scoreRows(candidate.spec, rows.matrix),
    champion === null ? null : scoreRows(champion.spec, theirs!.matrix),
  ]);
  assertNumbers(ours, rows);
  if (theirs === null || scores === null) return { rows, candidate: ours, champion: null };
  const order = matchRows(rows.labelIds, theirs.labelIds);
  return { rows, candidate: ours, champion: Float64Array.from(order, (row) => scores[row]!) };
}

type ChampionRows = Pick<DatasetRows, 'labelIds' | 'matrix'>;

function readChampion(
  { dataset, features }: EvaluatedModel,
  read: Pick<ReadRowsRequest, 'variables' | 'signal'>,
): Promise<ChampionRows> {
  return readDatasetRows({ ...read, path: dataset.path, features, slices: [] });
}

/** The champion's inputs out of the candidate's, where both are of one file and the candidate has them all; else null. */
function selectFeatures(
  { labelIds, matrix }: DatasetRows,
  { candidate, champion }: { readonly candidate: EvaluatedModel; readonly champion: EvaluatedModel },
): ChampionRows | null {
  if (candidate.dataset.fileDigest !== champion.dataset.fileDigest) return null;
  const columns = champion.features.map((name) => candidate.features.indexOf(name));
  if (columns.includes(-1)) return null;
  const width = candidate.features.length;
  const selected = new Float32Array(labelIds.length * columns.length);
  for (let row = 0; row < labelIds.length; row++) {
    for (const [at, column] of columns.entries()) selected[row * columns.length + at] = matrix[row * width + column]!;
  }
  return { labelIds, matrix: selected };
}

function assertNumbers(scores: Float64Array, rows: DatasetRows): void {
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad < 0) return;
  const count = scores.reduce((sum, score) => sum + (Number.isFinite(score) ? 0 : 1), 0);
  throw new SignalboxError(
    'training/failed',
    `the model gives ${scores[bad]} instead of a score for ${count} of ${scores.length} evaluation rows, first for label ${rows.labelIds[bad]}`,
    { hint: 'Missing features arrive as NaN: make the model give a number for them.' },
  );
}

async function compareAndStore(request: EvaluateRequest, scored: Scored): Promise<Evaluation> {
  const { metrics, slices } = request.model.evaluation;
  const options: CompareOptions = { metrics, resamples: RESAMPLES, confidence: CONFIDENCE, seed: 1 };
  const { rows, candidate, champion } = scored;
  const overall = compareScores({ labels: rows.labels, candidate, champion }, options);
  const bySlice: Record<string, SliceComparison> = {};
  for (const { name, minRows } of slices) {
    const mask = rows.slices.get(name)!;
    const part = <T extends Float64Array | Uint8Array>(values: T) => values.filter((_, row) => mask[row] === 1) as T;
    const labels = part(rows.labels);
    bySlice[name] = {
      rows: labels.length,
      comparison:
        labels.length < minRows
          ? null
          : compareScores({ labels, candidate: part(candidate), champion: champion && part(champion) }, options),
    };
  }
  const store = (side: 'candidate' | 'champion') => storeRecord(request, scored, { side, overall, bySlice });
  const [candidateRecord, championRecord] = await Promise.all([
    store('candidate'),
    champion === null ? null : store('champion'),
  ]);
  return { rows: rows.labels.length, overall, slices: bySlice, candidateRecord, championRecord };
}

async function storeRecord(
  request: EvaluateRequest,
  scored: Scored,
  {
    side,
    overall,
    bySlice,
  }: {
    readonly side: 'candidate' | 'champion';
    readonly overall: ScoreComparison;
    readonly bySlice: Readonly<Record<string, SliceComparison>>;
  },
): Promise<string> {
  const model = request[side]!;
  const { labelIds, labels } = scored.rows;
  const record: EvaluationRecord = {
    schema: 'signalbox/evaluation/1',
    model: request.name,
    onnx: model.onnxDigest,
    dataset: model.dataset.digest,
    metrics: compact(overall[side]?.metrics),
    slices: Object.fromEntries(
      Object.entries(bySlice).map(([name, { comparison }]) => [name, compact(comparison?.[side]?.metrics)]),
    ),
    scores: await storeScores(request.store, { labelIds, labels, scores: scored[side]! }, request.workFolder),
  };
  return putJsonBlob(request.store, record);
}

function compact(metrics: Partial<Record<MetricName, MetricValue>> | undefined): Record<string, MetricValue> {
  return { ...metrics };
}
