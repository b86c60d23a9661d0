import { readFile } from 'node:fs/promises';
import { digestJson, isSignalboxError, type RunRecord } from '@signalbox/contracts';
import { type BlobStore, blobKey } from '@signalbox/serving/stores';
import { findRun } from '../tracking/index.js';
import { checkModel, runInputs } from '../training/index.js';
import type { Trained } from './candidate.js';
import type { BuiltDataset } from './data-steps.js';
import { assertSameCandidate, type Handover } from './handover.js';
import { type Pipeline, step } from './pipeline.js';
import { trainedCommit } from './version-number.js';

/**
 * Takes a model that another job trained, as if it had been trained here. What it was made from is said by the commit and by the dataset that is
 * built here; of the handover only the file counts, for what it answers, and its costs, which are told as claims.
 * Throws `handover/refused`, `training/failed` for a file that is no model of this shape.
 */
export async function admitRun(pipeline: Pipeline, trainingData: BuiltDataset, handover: Handover): Promise<Trained> {
  const { bundle, definition, model, store } = pipeline;
  const commit = await trainedCommit(pipeline.git);
  assertSameCandidate({ model, commit }, handover);
  const { input, output } = definition.serving;
  const shape = { serving: definition.serving, features: bundle.order.length };
  const run = await step(pipeline, {
    what: 'model taken from the train job',
    work: async () => {
      checkModel(await readFile(handover.model.path), shape);
      await putFile(store, handover);
      return runOf(pipeline, { commit, trainingData, handover });
    },
    note: ({ id, onnx }) => `run ${id}, ${onnx.digest.slice(0, 19)}`,
  });
  const modelPath = await store.localPath(blobKey(run.onnx.digest));
  return {
    run,
    cached: false,
    commit,
    trainingData,
    spec: { modelPath, input, features: bundle.order.length, output },
  };
}

async function putFile(store: BlobStore, { model }: Handover): Promise<void> {
  try {
    await store.writeFile(blobKey(model.digest), model.path, { ifAbsent: true });
  } catch (error) {
    if (!(isSignalboxError(error) && error.code === 'store/conflict')) throw error;
  }
}

interface Admission {
  readonly commit: string;
  readonly trainingData: BuiltDataset;
  readonly handover: Handover;
}

/**
 * The run of these inputs where this store knows it with this very model; otherwise one whose id holds the model too, so that a forged
 * model never stands where `train` looks for the run of the same inputs.
 */
async function runOf(pipeline: Pipeline, { commit, trainingData, handover }: Admission): Promise<RunRecord> {
  const { bundle, definition, model, repo, store } = pipeline;
  const inputs = await runInputs({
    repo,
    name: model,
    model: definition,
    dataset: trainingData,
    features: bundle.order,
  });
  const onnx = { digest: handover.model.digest, sizeBytes: handover.model.sizeBytes };
  const known = await findRun(store, model, inputs.id);
  if (known !== null && known.onnx.digest === onnx.digest) return known;
  const { cpuSeconds, peakBytes, reported, startedAt, wallSeconds } = handover.claims;
  const { codeTree, environment, id } = inputs;
  return {
    schema: 'signalbox/run/1',
    id: `${model}-${digestJson({ run: id, onnx: onnx.digest }).slice('sha256:'.length, 'sha256:'.length + 12)}`,
    model,
    commit,
    dataset: trainingData.digest,
    features: trainingData.record.features,
    codeTree,
    environment,
    parameters: definition.training.parameters,
    seed: definition.training.seed,
    onnx,
    reported,
    cpuSeconds,
    peakBytes,
    startedAt,
    wallSeconds,
  };
}
