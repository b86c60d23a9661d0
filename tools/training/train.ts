import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DatasetRecord,
  digestJson,
  isSignalboxError,
  type Model,
  parseDurationMs,
  type RunRecord,
  SignalboxError,
} from '@signalbox/contracts';
import { type BlobStore, blobKey } from '@signalbox/serving/stores';
import { findRun, saveRun } from '../tracking/index.js';
import { checkTrainerOutput, type TrainerOutput } from './check-output.js';
import { digestCodeTree, digestEnvironment } from './code-tree.js';
import { runTrainer, type TrainerOutcome } from './run-trainer.js';
import { trainerEnvironment } from './trainer-environment.js';
import { trainerFailure } from './trainer-failure.js';

export interface TrainRequest {
  readonly repo: string;
  readonly name: string;
  readonly model: Model;
  /** The commit that is trained. */
  readonly commit: string;
  readonly dataset: { readonly record: DatasetRecord; readonly digest: string; readonly path: string };
  /** `view.feature`, in model input order. */
  readonly features: readonly string[];
  readonly store: BlobStore;
  /** Where drafts and logs of failed runs lie. */
  readonly workFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly wallNow: () => number;
}

export interface TrainedModel {
  readonly run: RunRecord;
  /** True when the same inputs had been trained before and nothing was run. */
  readonly cached: boolean;
}

/**
 * Trains a model, or finds the run that the same inputs gave before. What counts as an input: dataset, features, the trainer's code, its
 * command, parameters, seed, and environment. The run and its ONNX file are in the store when this resolves.
 * Throws `training/failed`, `input/unknown-reference` (a lock file), `store/unavailable`.
 */
export async function train(request: TrainRequest): Promise<TrainedModel> {
  const { training } = request.model;
  const { id, codeTree, environment } = await runInputs(request);
  const known = await findRun(request.store, request.name, id);
  if (known !== null) return { run: known, cached: true };

  const folder = await makeDraftFolder(request.workFolder, id);
  const startedAt = new Date(request.wallNow()).toISOString();
  const outcome = await runIn(folder, request);
  // Who stopped it knows why; only a failure leaves its folder to be looked at.
  if (outcome.end.kind === 'aborted') await rm(folder, { recursive: true, force: true });
  const output = await outputOf(folder, outcome, request);
  const run: RunRecord = {
    schema: 'signalbox/run/1',
    id,
    model: request.name,
    commit: request.commit,
    dataset: request.dataset.digest,
    features: request.dataset.record.features,
    codeTree,
    environment,
    parameters: training.parameters,
    seed: training.seed,
    onnx: await storeFile(request.store, output.onnxPath),
    reported: output.reported,
    cpuSeconds: outcome.cpuSeconds,
    peakBytes: outcome.peakBytes,
    startedAt,
    wallSeconds: outcome.wallSeconds,
  };
  await saveRun(request.store, run, await readFile(join(folder, LOG), 'utf8'));
  await rm(folder, { recursive: true, force: true });
  return { run, cached: false };
}

const LOG = 'trainer.log';

/** What a run is known by, and the digests of its code and environment. */
export async function runInputs(
  request: Pick<TrainRequest, 'repo' | 'name' | 'model' | 'dataset' | 'features'>,
): Promise<{ readonly id: string; readonly codeTree: string; readonly environment: string }> {
  const { training, serving } = request.model;
  const codeTree = await digestCodeTree(request.repo, request.name);
  const environment = await digestEnvironment(request.repo, training.lockFiles);
  const key = {
    schema: 'signalbox/run-key/1',
    dataset: request.dataset.record.file.digest,
    features: request.features,
    codeTree,
    environment,
    command: training.command,
    parameters: training.parameters,
    seed: training.seed,
    serving: { input: serving.input, output: serving.output },
  };
  return {
    id: `${request.name}-${digestJson(key).slice('sha256:'.length, 'sha256:'.length + 12)}`,
    codeTree,
    environment,
  };
}

/** A folder of its own for each attempt: two runs at once do not meet, and a failed one stays to be looked at. */
async function makeDraftFolder(workFolder: string, id: string): Promise<string> {
  await mkdir(workFolder, { recursive: true });
  return mkdtemp(join(workFolder, `${id}-`));
}

async function runIn(folder: string, request: TrainRequest): Promise<TrainerOutcome> {
  const { training } = request.model;
  const outputFolder = join(folder, 'output');
  const parametersPath = join(folder, 'parameters.json');
  const featuresPath = join(folder, 'features.json');
  await mkdir(outputFolder);
  await writeFile(parametersPath, `${JSON.stringify(training.parameters, null, 2)}\n`);
  await writeFile(featuresPath, `${JSON.stringify(request.features, null, 2)}\n`);
  return runTrainer({
    argv: training.command,
    cwd: join(request.repo, 'models', request.name),
    env: trainerEnvironment(request.env, {
      datasetPath: request.dataset.path,
      outputFolder,
      parametersPath,
      featuresPath,
      seed: training.seed,
    }),
    logPath: join(folder, LOG),
    timeoutMs: parseDurationMs(training.timeout),
    signal: request.signal,
  });
}

async function outputOf(folder: string, outcome: TrainerOutcome, request: TrainRequest): Promise<TrainerOutput> {
  const logPath = join(folder, LOG);
  const failure = trainerFailure(outcome, {
    command: request.model.training.command,
    timeout: request.model.training.timeout,
    log: await readFile(logPath, 'utf8').catch(() => ''),
    logPath,
  });
  if (failure !== null) throw failure;
  try {
    return await checkTrainerOutput(join(folder, 'output'), {
      serving: request.model.serving,
      features: request.features.length,
    });
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    throw new SignalboxError(error.code, error.message, {
      hint: `${error.hint ?? ''} The log is ${logPath}.`.trim(),
      cause: error,
    });
  }
}

/** Streamed, and linked where the store can: a model file may be larger than memory. */
async function storeFile(store: BlobStore, path: string): Promise<RunRecord['onnx']> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  const digest = `sha256:${hash.digest('hex')}`;
  try {
    await store.writeFile(blobKey(digest), path, { ifAbsent: true });
  } catch (error) {
    // The same bytes are there already: another run gave the same model.
    if (!(isSignalboxError(error) && error.code === 'store/conflict')) throw error;
  }
  return { digest, sizeBytes };
}
