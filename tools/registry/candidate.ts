import type { RunRecord } from '@signalbox/contracts';
import type { ModelSpec } from '@signalbox/serving/runtime';
import { blobKey } from '@signalbox/serving/stores';
import { train } from '../training/index.js';
import { type BuiltPackage, buildPackage } from './build-package.js';
import { type BuiltDataset, makeDataset, type Snapshots } from './data-steps.js';
import { makeGoldenInputs } from './golden-inputs.js';
import { type Pipeline, step } from './pipeline.js';
import { trainedCommit } from './version-number.js';

export interface Trained {
  readonly run: RunRecord;
  readonly cached: boolean;
  /** The newest commit that what is trained rests on. */
  readonly commit: string;
  readonly trainingData: BuiltDataset;
  readonly spec: ModelSpec;
}

/** Trains the work tree's model, or finds the run that it gave before. */
export async function trainCandidate(pipeline: Pipeline, snapshots: Snapshots): Promise<Trained> {
  const { definition, bundle, store } = pipeline;
  const { period } = definition.training;
  const trainingData = await makeDataset(pipeline, { snapshots, period, bundle, purpose: 'training' });
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

/** Packages a run. The same run is looked up rather than packaged again. */
export async function packageCandidate(pipeline: Pipeline, trained: Trained): Promise<BuiltPackage> {
  const { bundle, featuresDigest, definition, store, cache } = pipeline;
  const { run, trainingData, spec } = trained;
  const { input, output } = definition.serving;
  const key = { onnx: run.onnx.digest, featuresDigest, data: trainingData.record.file.digest, input, output };
  const known = await cache.read<BuiltPackage>('package', key);
  if (known !== null && (await store.read(blobKey(known.digest))) !== null) return known;
  const work = async () => {
    const golden = await makeGoldenInputs(spec, { path: trainingData.path, features: bundle.order });
    const parts = { model: pipeline.model, onnx: run.onnx, bundle, featuresDigest, serving: { input, output }, golden };
    return buildPackage(store, parts);
  };
  const built = await step(pipeline, { what: 'package', work, note: ({ digest }) => digest.slice(0, 19) });
  await cache.write('package', key, built);
  return built;
}
