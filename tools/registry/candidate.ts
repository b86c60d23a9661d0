import {
  type DatasetRecord,
  type EvaluationRecord,
  parseDurationUs,
  type ReferenceProfile,
  type RunRecord,
} from '@signalbox/contracts';
import type { ModelSpec } from '@signalbox/serving/runtime';
import { blobKey, readJsonBlob } from '@signalbox/serving/stores';
import { train } from '../training/index.js';
import { type BuiltPackage, buildPackage } from './build-package.js';
import { type BuiltDataset, makeDataset, type Snapshots } from './data-steps.js';
import { makeGoldenInputs } from './golden-inputs.js';
import { type Pipeline, step } from './pipeline.js';
import { readColumns, readTimes, referenceProfile } from './reference-profile.js';
import { trainedCommit } from './version-number.js';

export interface Trained {
  readonly run: RunRecord;
  readonly cached: boolean;
  /** The newest commit that what is trained rests on. */
  readonly commit: string;
  readonly trainingData: BuiltDataset;
  readonly spec: ModelSpec;
}

/** Rises when packages of the same parts would come out otherwise. */
const PACKAGE_FORMAT = 3;

export function makeTrainingData(pipeline: Pipeline, snapshots: Snapshots): Promise<BuiltDataset> {
  const { definition, bundle } = pipeline;
  return makeDataset(pipeline, { snapshots, period: definition.training.period, bundle, purpose: 'training' });
}

/** Trains the work tree's model, or finds the run that it gave before. */
export async function trainCandidate(pipeline: Pipeline, trainingData: BuiltDataset): Promise<Trained> {
  const { definition, bundle, store } = pipeline;
  const commit = await trainedCommit(pipeline.git);
  const { run, cached } = await step(pipeline, {
    what: 'training',
    work: () =>
      train({
        repo: pipeline.repo,
        name: pipeline.model,
        model: definition,
        commit,
        dataset: trainingData,
        features: bundle.order,
        store,
        workFolder: pipeline.workFolder,
        env: pipeline.env,
        signal: pipeline.signal,
        wallNow: pipeline.wallNow,
      }),
    note: (trained) => `run ${trained.run.id}${trained.cached ? ', known from before' : ''}`,
  });
  const { input, output } = definition.serving;
  const modelPath = await store.localPath(blobKey(run.onnx.digest));
  return { run, cached, commit, trainingData, spec: { modelPath, input, features: bundle.order.length, output } };
}

/** What a package is made of: a run, and its scores on rows that it was not trained on. */
export interface Packaged {
  readonly trained: Trained;
  /** Digest of the candidate's `EvaluationRecord`. */
  readonly evaluationRecord: string;
}

/** Packages a run. The same run with the same scores is looked up rather than packaged again. */
export async function packageCandidate(
  pipeline: Pipeline,
  { trained, evaluationRecord }: Packaged,
): Promise<BuiltPackage> {
  const { model, bundle, featuresDigest, definition, store, cache } = pipeline;
  const { run, trainingData, spec } = trained;
  const { input, output } = definition.serving;
  const { dataset, scores } = await readJsonBlob<EvaluationRecord>(store, evaluationRecord);
  const data = { training: trainingData.record.file.digest, scores: scores.digest };
  const { window } = definition.monitoring;
  const parts = { onnx: run.onnx.digest, featuresDigest, data, input, output, window };
  // A package says whose it is: models that are trained alike have one each.
  const key = { format: PACKAGE_FORMAT, model, ...parts };
  const known = await cache.read<BuiltPackage>('package', key);
  if (known !== null && (await store.read(blobKey(known.digest))) !== null) return known;
  const work = async () => {
    const golden = await makeGoldenInputs(spec, { path: trainingData.path, features: bundle.order });
    const evaluation = await readJsonBlob<DatasetRecord>(store, dataset);
    const scoresPath = await store.localPath(blobKey(scores.digest));
    const profile = await profileOf(pipeline, { trainingData, evaluation, scoresPath });
    const made = { model, onnx: run.onnx, bundle, featuresDigest, serving: { input, output } };
    return buildPackage(store, { ...made, golden, profile });
  };
  const built = await step(pipeline, { what: 'package', work, note: ({ digest }) => digest.slice(0, 19) });
  await cache.write('package', key, built);
  return built;
}

interface ProfileData {
  readonly trainingData: BuiltDataset;
  readonly evaluation: DatasetRecord;
  readonly scoresPath: string;
}

async function profileOf(
  { model, bundle, definition, store }: Pipeline,
  { trainingData, evaluation, scoresPath }: ProfileData,
): Promise<ReferenceProfile> {
  const columns = await readColumns(trainingData.path, bundle.order);
  const [scores] = await readColumns(scoresPath, ['score']);
  const evaluationPath = await store.localPath(blobKey(evaluation.file.digest));
  // Scores are kept in the order of their dataset.
  const [features, evaluated] = await Promise.all([readTimes(trainingData.path), readTimes(evaluationPath)]);
  return referenceProfile({
    model,
    features: bundle.order.map((name, index) => ({ name, values: columns[index]! })),
    scores: scores!,
    times: {
      windowUs: parseDurationUs(definition.monitoring.window),
      features: { ...trainingData.record, atUs: features },
      scores: { ...evaluation, atUs: evaluated },
    },
  });
}
