import { join } from 'node:path';
import { SignalboxError, type Verdict } from '@signalbox/contracts';
import { withTemporaryFolder } from '../cache/index.js';
import {
  type Identity,
  type NewPullRequest,
  openForge,
  type PullRequest,
  readIdentity,
  trackingRefspec,
} from '../forge/index.js';
import { BASE_BRANCH, baseCommit } from './base.js';
import { makeTrainingData, type Trained, trainCandidate } from './candidate.js';
import type { JudgedCandidate } from './candidate-path.js';
import { type Judge, openJudge } from './champion.js';
import { takeSnapshots } from './data-steps.js';
import { writeHandover } from './handover.js';
import { type Judged, judgeHandover } from './judge.js';
import { loadChampion, makeEvaluationData } from './judge-candidate.js';
import { assertCanShow, branchToPropose } from './own-commit.js';
import { openPipeline, type Pipeline, type PipelineOptions, step } from './pipeline.js';
import { proposalWarnings } from './proposal-warnings.js';
import { type Obstacle, type Spoken, speak } from './speak/index.js';
import { stopOf } from './stop.js';
import { together } from './together.js';
import { reportFrom, verdictOf } from './verdict-file.js';
import { nextVersionNumber } from './version-number.js';

export interface Proposal {
  readonly model: string;
  /** The number that the candidate has, or would have. */
  readonly version: number;
  readonly letThrough: boolean;
  /** The main branch has the number of this branch's record for another package: it must be rebased and proposed again. */
  readonly numberTaken: boolean;
  /** What stood against its record once the judge had spoken; empty where it is let through, and on GitHub, where the workflows say it. */
  readonly obstacles: readonly Obstacle[];
  readonly verdicts: readonly Verdict[];
  readonly package: string;
  readonly run: string;
  /** Digests of the evaluation records: both versions on the same rows. */
  readonly evaluation: { readonly candidate: string; readonly champion: string | null };
  readonly commit: string;
  readonly pullRequest: PullRequest;
  /** Markdown. */
  readonly report: string;
  /** False when the very same record was proposed before. */
  readonly changed: boolean;
}

/**
 * Proposes the branch's model as a version by the path that workflows take: trains what is committed and hands it over, judges the handover, opens the pull
 * request, and speaks. A candidate that is let through gets its version record committed to the branch; a refused one gets only the report and a
 * failing check, so that there is nothing to release by mistake. Proposing again without a change changes nothing. On GitHub it ends with the pull
 * request, and the workflows go on.
 * Throws `git/dirty-work-tree`, `git/no-identity`, `input/bad-argument` on the main branch, `release/refused` for a branch without a commit of its own
 * (but a first version's) and for a package that is a version on the main branch already, and what the steps throw.
 */
export async function propose(options: PipelineOptions): Promise<Proposal> {
  const pipeline = await openPipeline(options);
  const { cacheFolder, git, repo } = pipeline;
  await git.assertCleanWorkTree();
  const identity = await readIdentity(repo);
  const name = await branchOf(pipeline);
  const forge = await openForge(git, options.wallNow, options.env);
  const judge = await openJudge(repo, await baseCommit(git, options.progress));
  const branch = await branchToPropose(pipeline, { forge, judge, name });
  for (const line of proposalWarnings(pipeline, judge)) options.progress(line);
  return withTemporaryFolder(cacheFolder, 'propose', async (temporary) => {
    const [handover, out] = [join(temporary, 'handover'), join(temporary, 'verdict')];
    const trained = await trainAhead(pipeline, judge);
    await writeHandover(pipeline, trained, handover);
    const commit = await git.requireCommit('HEAD');
    const judged = await judgeHandover({ ...options, commit, handover, out });
    assertCanShow(branch, judged);
    pipeline.signal.throwIfAborted();
    const push = () => forge.publishBranch(name, { folder: repo, commit });
    await step(pipeline, { what: `push of ${name}`, work: push });
    const request = requestFor(judged, name, identity);
    if (forge.kind === 'github') {
      const pullRequest = await forge.openPullRequest(request);
      return proposalOf(pipeline, { judged, spoken: { ...UNSAID, commit, pullRequest } });
    }
    const spoken = await speak({
      repo,
      forge,
      pullRequest: request,
      commit,
      verdict: out,
      environment: options.environment,
      identity,
      progress: options.progress,
      wallNow: options.wallNow,
    });
    const stop = stopOf(pipeline.model, spoken.obstacles);
    const pullRequest = stop === null ? spoken.pullRequest : await forge.openPullRequest({ ...request, ...stop });
    await followBranch(pipeline, forge.repository, spoken);
    return proposalOf(pipeline, { judged, spoken: { ...spoken, pullRequest } });
  });
}

/** On GitHub only the repository's App may record and check, so a person's proposal is judged again and spoken of by its workflows. */
const UNSAID = { outcomes: [], letThrough: true, obstacles: [], changed: false } as const;

/** Trains, and makes the rows that the judge will want meanwhile: a trainer is a process of its own, often on one core. */
async function trainAhead(pipeline: Pipeline, judge: Judge): Promise<Trained> {
  const champion = await loadChampion(pipeline, judge);
  const bundles = champion === null ? [pipeline.bundle] : [pipeline.bundle, champion.local.bundle];
  const snapshots = await takeSnapshots(pipeline, bundles);
  const trainingData = await makeTrainingData(pipeline, snapshots);
  const [trained] = await together(
    pipeline,
    (stoppable) => trainCandidate(stoppable, trainingData),
    (stoppable) => makeEvaluationData(stoppable, { snapshots, champion }),
  );
  return trained;
}

async function branchOf({ git, model }: Pipeline): Promise<string> {
  const branch = await git.currentBranch();
  if (branch !== null && branch !== BASE_BRANCH) return branch;
  throw new SignalboxError(
    'input/bad-argument',
    `a version is proposed from a branch of its own; this work tree is ${branch === null ? 'on no branch' : `on ${branch}`}`,
    {
      hint: `Make one (git switch -c ${model}-next), and commit on it what changes ${model}, such as another training.seed`,
    },
  );
}

function requestFor({ letThrough, report, verdict, version }: Judged, head: string, author: Identity): NewPullRequest {
  const { model } = verdict;
  const title = letThrough ? `${model}: version ${version}` : `${model}: a candidate that the gates refuse`;
  return { head, base: BASE_BRANCH, title, body: report, author };
}

/** The record was committed where branches meet; the work tree follows, and `origin/…` says what was pushed. */
async function followBranch({ git }: Pipeline, repository: string, { commit, pullRequest }: Spoken): Promise<void> {
  await git.run(['fetch', '--quiet', repository, trackingRefspec(pullRequest.head)]);
  if ((await git.requireCommit('HEAD')) === commit) return;
  await git.run(['merge', '--quiet', '--ff-only', commit]);
}

function proposalOf(
  { model }: Pipeline,
  { judged, spoken }: { readonly judged: Judged; readonly spoken: Spoken },
): Proposal {
  const { report, verdict, verdicts, version } = judged;
  const { evaluation } = verdict.evidence;
  return {
    model,
    version,
    letThrough: judged.letThrough && spoken.letThrough,
    numberTaken: spoken.obstacles.some(({ kind }) => kind === 'taken'),
    obstacles: spoken.obstacles,
    verdicts,
    package: verdict.package.digest,
    run: verdict.run.id,
    evaluation: { candidate: evaluation.candidateRecord, champion: evaluation.championRecord },
    commit: spoken.commit,
    pullRequest: spoken.pullRequest,
    report,
    changed: spoken.changed,
  };
}

/** The report on a candidate that was judged, in Markdown, under the number that it would have. */
export async function reportOn(pipeline: Pipeline, judged: JudgedCandidate): Promise<string> {
  const { definition, git, model } = pipeline;
  const version = await nextVersionNumber(git, model, judged.judge.commit);
  return reportFrom(verdictOf(pipeline, judged), { definition, main: judged.judge.workspace, version });
}
