import { SignalboxError, type Verdict } from '@signalbox/contracts';
import {
  commitFiles,
  type Forge,
  type Identity,
  openForge,
  type PullRequest,
  readFileAtCommit,
  readIdentity,
} from '../forge/index.js';
import { BASE_BRANCH } from './base.js';
import { type JudgedCandidate, judgePath, recordOf } from './candidate-path.js';
import { openPipeline, type Pipeline, type PipelineOptions, step } from './pipeline.js';
import { refuseKnownPackage } from './refuse-known-package.js';
import { renderReport } from './report.js';
import { thresholdChanges } from './threshold-changes.js';
import { nextVersionNumber } from './version-number.js';
import { formatVersionRecord, versionPath } from './version-record.js';

export interface Proposal {
  readonly model: string;
  /** The number that the candidate has, or would have. */
  readonly version: number;
  readonly letThrough: boolean;
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

/** The name of the check that the gates leave on a pull request. */
export const GATES_CHECK = 'signalbox/gates';

/**
 * Proposes the branch's model as a version: trains, evaluates, gates and packages what is committed, and opens the pull request with the
 * report. A candidate that is let through gets its version record committed to the branch and pushed; a refused one gets only the
 * report and a failing check, so that there is nothing to release by mistake. Proposing again without a change changes nothing.
 * Throws `git/dirty-work-tree`, `git/no-identity`, `input/bad-argument` on the main branch, `release/refused` for a package that is a
 * version on the main branch already, and what the steps throw.
 */
export async function propose(options: PipelineOptions): Promise<Proposal> {
  const pipeline = await openPipeline(options);
  const { git } = pipeline;
  await git.assertCleanWorkTree();
  const identity = await readIdentity(pipeline.repo);
  const branch = await branchOf(pipeline);
  const forge = await openForge(git, options.wallNow);
  const judged = await judgePath(pipeline);
  refuseKnownPackage(pipeline.model, judged.built.digest, judged.judge.workspace.versions.get(pipeline.model));
  const version = await nextVersionNumber(git, pipeline.model, judged.judge.commit);
  const changed = judged.letThrough && (await commitRecord(pipeline, judged, { branch, identity, version }));
  pipeline.signal.throwIfAborted();
  const push = ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`];
  await step(pipeline, { what: `push of ${branch}`, work: () => git.run(push) });
  const report = reportOf(pipeline, judged, version);
  const pullRequest = await openRequest(forge, { pipeline, judged, report, branch, identity, version });
  const { verdicts, letThrough, built, trained } = judged;
  return {
    model: pipeline.model,
    version,
    letThrough,
    verdicts,
    package: built.digest,
    run: trained.run.id,
    evaluation: {
      candidate: judged.evaluated.evaluation.candidateRecord,
      champion: judged.evaluated.evaluation.championRecord,
    },
    commit: await git.requireCommit('HEAD'),
    pullRequest,
    report,
    changed,
  };
}

async function branchOf({ git, model }: Pipeline): Promise<string> {
  const branch = await git.currentBranch();
  if (branch !== null && branch !== BASE_BRANCH) return branch;
  throw new SignalboxError(
    'input/bad-argument',
    `a version is proposed from a branch of its own; this work tree is ${branch === null ? 'on no branch' : `on ${branch}`}`,
    { hint: `Make one: git switch -c ${model}-next` },
  );
}

interface Commitment {
  readonly branch: string;
  readonly identity: Identity;
  readonly version: number;
}

/** The commit is made aside and the branch moved to it at once, so an interruption leaves either nothing or all of it. */
async function commitRecord(
  pipeline: Pipeline,
  judged: JudgedCandidate,
  { branch, identity, version }: Commitment,
): Promise<boolean> {
  const { git, repo, model } = pipeline;
  const path = versionPath(model, version);
  const text = formatVersionRecord(recordOf(pipeline, judged));
  const parent = await git.requireCommit('HEAD');
  if ((await readFileAtCommit(repo, parent, path)) === text) return false;
  const commit = await commitFiles(repo, {
    parent,
    files: new Map([[path, text]]),
    message: `Record ${model} version ${version}\n\nPackage ${judged.built.digest}, run ${judged.trained.run.id}.`,
    author: identity,
  });
  pipeline.signal.throwIfAborted();
  await git.run(['merge', '--quiet', '--ff-only', commit]);
  pipeline.progress(`version record ${path} committed to ${branch}`);
  return true;
}

/** The report on a candidate that was judged, in Markdown, under the number that it would have. */
export async function reportOn(pipeline: Pipeline, judged: JudgedCandidate): Promise<string> {
  return reportOf(pipeline, judged, await nextVersionNumber(pipeline.git, pipeline.model, judged.judge.commit));
}

function reportOf(pipeline: Pipeline, judged: JudgedCandidate, version: number): string {
  const { champion, trained, evaluated, built, verdicts } = judged;
  const { training, evaluation } = pipeline.definition;
  const before = champion?.local.bundle.order ?? [];
  const now = pipeline.bundle.order;
  return renderReport({
    model: pipeline.model,
    version,
    environment: pipeline.environment,
    champion: champion && { version: champion.version },
    verdicts,
    evaluation: evaluated.evaluation,
    features: {
      added: champion === null ? [] : now.filter((name) => !before.includes(name)),
      removed: before.filter((name) => !now.includes(name)),
      count: now.length,
    },
    period: {
      training: { ...training.period, rows: trained.trainingData.record.rows },
      evaluation: evaluation.period,
    },
    thresholds: thresholdChanges(judged.judge.workspace.models.get(pipeline.model), pipeline.definition),
    package: built.digest,
    commit: trained.commit,
    run: trained.run,
  });
}

async function openRequest(
  forge: Forge,
  request: Commitment & { readonly pipeline: Pipeline; readonly judged: JudgedCandidate; readonly report: string },
): Promise<PullRequest> {
  const { pipeline, judged, report, branch, identity, version } = request;
  const title = judged.letThrough
    ? `${pipeline.model}: version ${version}`
    : `${pipeline.model}: a candidate that the gates refuse`;
  const opened = await forge.openPullRequest({
    head: branch,
    base: BASE_BRANCH,
    title,
    body: report,
    author: identity,
  });
  await forge.setCheck(opened.number, GATES_CHECK, {
    commit: await pipeline.git.requireCommit('HEAD'),
    verdict: judged.letThrough ? 'pass' : 'fail',
    title: judged.letThrough ? 'The gates let it through' : 'The gates refuse it',
    summary: report,
  });
  return forge.getPullRequest(opened.number);
}
