import type { BlockingGates, Verdict } from '@signalbox/contracts';
import { verdictsLetThrough } from '../gates/index.js';
import { baseCommit } from './base.js';
import type { BuiltPackage } from './build-package.js';
import { makeTrainingData, type Packaged, packageCandidate, type Trained, trainCandidate } from './candidate.js';
import { type Judge, openJudge } from './champion.js';
import { type BuiltDataset, type Snapshots, takeSnapshots } from './data-steps.js';
import {
  type Evaluated,
  evaluateCandidate,
  type Judgement,
  judgeCandidate,
  type LoadedChampion,
  loadChampion,
  makeEvaluationData,
} from './judge-candidate.js';
import type { Pipeline } from './pipeline.js';
import { together } from './together.js';

/** A candidate that was trained and compared, but not judged yet. */
export interface ComparedCandidate {
  readonly snapshots: Snapshots;
  readonly trained: Trained;
  readonly champion: LoadedChampion | null;
  readonly evaluated: Evaluated;
  /** The main branch, which champion and policy are read from. */
  readonly judge: Judge;
}

/** A candidate with its package and what the gates say. */
export interface JudgedCandidate extends ComparedCandidate {
  readonly built: BuiltPackage;
  readonly evidence: Judgement['evidence'];
  readonly verdicts: readonly Verdict[];
  readonly blockingGates: BlockingGates;
  readonly letThrough: boolean;
}

/** Where the candidate's model comes from: trained here, or by a job before. */
export interface CandidateSource {
  readonly train: (pipeline: Pipeline, trainingData: BuiltDataset) => Promise<Trained>;
  /** The main branch; looked up unless it is known. */
  readonly judge?: Judge;
}

const TRAINED_HERE: CandidateSource = { train: trainCandidate };

/** Snapshots, dataset, training: as far as `signalbox train` goes. */
export async function trainPath(
  pipeline: Pipeline,
): Promise<{ readonly snapshots: Snapshots; readonly trained: Trained }> {
  const snapshots = await takeSnapshots(pipeline, [pipeline.bundle]);
  return { snapshots, trained: await trainCandidate(pipeline, await makeTrainingData(pipeline, snapshots)) };
}

/** And scores on later rows, next to the champion's: `signalbox evaluate`. */
export async function evaluatePath(pipeline: Pipeline, source = TRAINED_HERE): Promise<ComparedCandidate> {
  const judge = source.judge ?? (await openJudge(pipeline.repo, await baseCommit(pipeline.git, pipeline.progress)));
  const champion = await loadChampion(pipeline, judge);
  const bundles = champion === null ? [pipeline.bundle] : [pipeline.bundle, champion.local.bundle];
  const snapshots = await takeSnapshots(pipeline, bundles);
  const trainingData = await makeTrainingData(pipeline, snapshots);
  // A trainer is a process of its own, often on one core: the rows that it will be judged on are made meanwhile.
  const [trained, data] = await together(
    pipeline,
    (stoppable) => source.train(stoppable, trainingData),
    (stoppable) => makeEvaluationData(stoppable, { snapshots, champion }),
  );
  const evaluated = await evaluateCandidate(pipeline, trained, { data, champion });
  return { snapshots, trained, champion, evaluated, judge };
}

/** And the gates: `signalbox gate`. */
export async function judgePath(pipeline: Pipeline, source = TRAINED_HERE): Promise<JudgedCandidate> {
  const compared = await evaluatePath(pipeline, source);
  const { snapshots, champion, evaluated, trained, judge } = compared;
  const built = await packageCandidate(pipeline, packagedOf(compared));
  const { blockingGates, evidence, verdicts } = await judgeCandidate(pipeline, evaluated, {
    built,
    trained,
    judge,
    snapshots,
    hasChampion: champion !== null,
  });
  return { ...compared, blockingGates, built, evidence, verdicts, letThrough: verdictsLetThrough(verdicts) };
}

/** And its package, without a verdict: `signalbox package`. */
export async function packagePath(
  pipeline: Pipeline,
): Promise<{ readonly trained: Trained; readonly built: BuiltPackage }> {
  const compared = await evaluatePath(pipeline);
  return { trained: compared.trained, built: await packageCandidate(pipeline, packagedOf(compared)) };
}

function packagedOf({ trained, evaluated }: ComparedCandidate): Packaged {
  return { trained, evaluationRecord: evaluated.evaluation.candidateRecord };
}
