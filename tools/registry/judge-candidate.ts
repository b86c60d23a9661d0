import {
  type BlockingGates,
  blockingGates,
  columnVariables,
  digestJson,
  type MetricName,
  type Policy,
  SignalboxError,
  type Verdict,
  type Workspace,
} from '@signalbox/contracts';
import { fetchPackage, readPackage } from '@signalbox/serving/artifacts';
import { type EvaluatedModel, type Evaluation, evaluate } from '../evaluation/index.js';
import { figure, type GateInput, gate, type InfrastructureEvidence, type ParityEvidence } from '../gates/index.js';
import { visibleDeep } from '../handover/index.js';
import type { BuiltPackage } from './build-package.js';
import type { Trained } from './candidate.js';
import { assertReadable, type Champion, championOf, type Judge } from './champion.js';
import { type BuiltDataset, makeDataset, type Snapshots, unitedBundle } from './data-steps.js';
import { leakEvidence } from './leak-evidence.js';
import { checkParity } from './parity-evidence.js';
import { type Pipeline, step } from './pipeline.js';
import { tryPackage } from './try-package.js';

/** The champion's package on this machine. */
export interface LoadedChampion extends Champion {
  readonly folder: string;
  readonly local: Awaited<ReturnType<typeof readPackage>>;
}

export async function loadChampion(pipeline: Pipeline, judge: Judge): Promise<LoadedChampion | null> {
  const champion = championOf(judge, pipeline.environment, pipeline.model);
  if (champion === null) return null;
  const folder = await fetchPackage(pipeline.store, champion.record.package.digest, { cacheDir: pipeline.cacheFolder });
  return { ...champion, folder, local: await readPackage(folder) };
}

export interface Evaluated {
  readonly evaluation: Evaluation;
  /** The candidate's rows. */
  readonly data: BuiltDataset;
}

/** The evaluation rows as each of the two reads them: one dataset, where both agree on what its features mean. */
export interface EvaluationData {
  readonly candidate: BuiltDataset;
  readonly champion: BuiltDataset;
}

export async function makeEvaluationData(
  pipeline: Pipeline,
  { snapshots, champion }: { readonly snapshots: Snapshots; readonly champion: LoadedChampion | null },
): Promise<EvaluationData> {
  const { bundle, definition } = pipeline;
  const { period } = definition.evaluation;
  const united = champion === null ? bundle : unitedBundle(bundle, champion.local.bundle);
  const wish = { snapshots, period, purpose: 'evaluation' };
  const candidate = await makeDataset(pipeline, { ...wish, bundle: united ?? bundle });
  if (champion === null || united !== null) return { candidate, champion: candidate };
  return { candidate, champion: await makeDataset(pipeline, { ...wish, bundle: champion.local.bundle }) };
}

/** Scores candidate and champion on the same labels. */
export async function evaluateCandidate(
  pipeline: Pipeline,
  trained: Trained,
  { data, champion }: { readonly data: EvaluationData; readonly champion: LoadedChampion | null },
): Promise<Evaluated> {
  const { definition, bundle, workspace } = pipeline;
  const columns = workspace.sources.get(definition.label.source)!.columns;
  const types = Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]));
  const features = Object.fromEntries(bundle.order.map((name) => [name, 'double' as const]));
  const evaluation = await step(pipeline, {
    what: 'evaluation in the serving runtime',
    work: () =>
      evaluate({
        name: pipeline.model,
        model: definition,
        candidate: {
          onnxDigest: trained.run.onnx.digest,
          spec: trained.spec,
          features: bundle.order,
          dataset: rowsOf(data.candidate),
        },
        champion: champion && evaluatedChampion(champion, data.champion),
        variables: { ...columnVariables(types), ...features },
        store: pipeline.store,
        cache: pipeline.cache,
        workFolder: pipeline.workFolder,
        signal: pipeline.signal,
      }),
    note: scoresInWords,
  });
  return { evaluation, data: data.candidate };
}

function scoresInWords({ overall }: Evaluation): string {
  const names = Object.keys(overall.candidate.metrics) as MetricName[];
  const of = (name: MetricName) => {
    const theirs = overall.champion?.metrics[name];
    const against = theirs === undefined ? '' : ` (champion: ${figure(theirs.value)})`;
    return `${name} ${figure(overall.candidate.metrics[name]!.value)}${against}`;
  };
  return names.slice(0, 2).map(of).join(', ');
}

function evaluatedChampion({ local, record }: LoadedChampion, data: BuiltDataset): EvaluatedModel {
  const { input, output, features } = local.signature;
  return {
    onnxDigest: record.package.digest,
    spec: { modelPath: local.modelPath, input, features: features.length, output },
    features,
    dataset: rowsOf(data),
  };
}

function rowsOf({ digest, record, path }: BuiltDataset): EvaluatedModel['dataset'] {
  return { digest, fileDigest: record.file.digest, path };
}

export interface Judgement {
  /** What the gates looked at, beside the evaluation. */
  readonly evidence: Pick<GateInput, 'infrastructure' | 'parity' | 'leak'>;
  readonly verdicts: readonly Verdict[];
  readonly blockingGates: BlockingGates;
}

/** Gathers the evidence that is missing, and lets the gates decide. The policy is the main branch's where it has one. */
export async function judgeCandidate(
  pipeline: Pipeline,
  { evaluation, data }: Evaluated,
  context: {
    readonly built: BuiltPackage;
    readonly trained: Trained;
    readonly judge: Judge;
    readonly hasChampion: boolean;
    readonly snapshots: Snapshots;
  },
): Promise<Judgement> {
  const policy = policyOf(context.judge, pipeline.environment, pipeline.workspace);
  const blocking = blockingGates(policy, pipeline.definition);
  const infrastructure = await infrastructureEvidence(pipeline, context.built);
  const parity = await parityEvidence(pipeline, data, context.snapshots);
  const leak = await leakEvidence(pipeline, { ...context, training: context.trained.trainingData, evaluation: data });
  // Examples are of the data, and problems of the model file: what they say goes to terminals, records and comments.
  const evidence = visibleDeep({ infrastructure, parity, leak });
  const verdicts = gate({
    model: pipeline.definition,
    blockingGates: blocking,
    evaluation,
    hasChampion: context.hasChampion,
    ...evidence,
  });
  return { evidence, verdicts, blockingGates: blocking };
}

/** The policy of an environment: the main branch's where it has one, else that of `branch`. Throws `input/unknown-reference`. */
export function policyOf(judge: Judge, environment: string, branch: Workspace = judge.workspace): Policy {
  const settingsIn = (workspace: Workspace) => workspace.environments.get(environment)?.environment;
  const name = (settingsIn(judge.workspace) ?? settingsIn(branch))?.policy ?? '';
  assertReadable(judge, [`releases/policies/${name}.yaml`], 'what its policy is');
  const policy = judge.workspace.policies.get(name) ?? branch.policies.get(name);
  if (policy !== undefined) return policy;
  throw new SignalboxError('input/unknown-reference', `there is no policy "${name}"`, {
    hint: `Write releases/policies/${name}.yaml, or name another one in releases/${environment}/environment.yaml.`,
  });
}

/** Rises when the trial finds out something else, so that evidence of before is not used any more. */
const TRIAL_MEANING = 3;

/** Measured once for a package on a machine, so that proposing again does not change the record by a millisecond. */
async function infrastructureEvidence(pipeline: Pipeline, built: BuiltPackage): Promise<InfrastructureEvidence> {
  const key = { trial: TRIAL_MEANING, digest: built.digest, node: process.version };
  const known = await pipeline.cache.read<InfrastructureEvidence>('infrastructure', key);
  if (known !== null) return known;
  const { store, cacheFolder, signal } = pipeline;
  const evidence = await step(pipeline, {
    what: 'package tried as a pod tries it',
    work: () => tryPackage({ store, digest: built.digest, contentBytes: built.contentBytes, cacheFolder, signal }),
    note: ({ loadProblem, latencyP95Ms }) => loadProblem ?? `p95 ${figure(latencyP95Ms ?? Number.NaN)} ms a row`,
  });
  await pipeline.cache.write('infrastructure', key, evidence);
  return evidence;
}

async function parityEvidence(pipeline: Pipeline, data: BuiltDataset, snapshots: Snapshots): Promise<ParityEvidence> {
  const key = { bundle: digestJson(pipeline.bundle), data: data.record.file.digest };
  const known = await pipeline.cache.read<ParityEvidence>('parity', key);
  if (known !== null) return known;
  const evidence = await step(pipeline, {
    what: 'features recomputed as a pod reads them',
    work: () => checkParity(pipeline, data, snapshots),
    note: ({ checked, unexplained }) => `${checked} values, ${unexplained} differ`,
  });
  await pipeline.cache.write('parity', key, evidence);
  return evidence;
}
