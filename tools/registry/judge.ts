import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, isSignalboxError, type Verdict } from '@signalbox/contracts';
import { withTemporaryFolder } from '../cache/index.js';
import { GitRepository } from '../forge/index.js';
import { admitRun } from './admit-run.js';
import { baseCommit } from './base.js';
import { judgePath } from './candidate-path.js';
import { openJudge } from './champion.js';
import { openCommitAsData, requireJudged } from './commit-as-data.js';
import { assertOwnData, linkMainData } from './data-paths.js';
import { type Handover, makeEmptyFolder, takeHandover } from './handover.js';
import { openPipeline, type PipelineOptions } from './pipeline.js';
import { refuseKnownPackage } from './refuse-known-package.js';
import { reportFrom, verdictOf, writeRefusal, writeVerdict } from './verdict-file.js';
import type { VerdictFile } from './verdict-form.js';
import { nextVersionNumber } from './version-number.js';

export interface JudgeRequest extends PipelineOptions {
  /** What is judged: read as data, never run. */
  readonly commit: string;
  /** The folder that the train job left. */
  readonly handover: string;
  /** A new folder for the verdict. */
  readonly out: string;
}

export interface Judged {
  readonly verdict: VerdictFile;
  readonly letThrough: boolean;
  readonly verdicts: readonly Verdict[];
  /** The number that the candidate would have. */
  readonly version: number;
  /** Markdown. */
  readonly report: string;
}

/**
 * Judges a commit's candidate with this installation's own code, by the main branch's settings, policy and champion. The model is what the train job left;
 * dataset, evaluation, gates and package are made here. Leaves a verdict that `speak` makes again from its evidence, or why there is none.
 * Throws `handover/refused`, `training/failed`, `release/refused` for a package that is a version already, and what the steps throw.
 */
export async function judgeHandover(request: JudgeRequest): Promise<Judged> {
  await makeEmptyFolder(request.out);
  try {
    return await judgeWhatWasHandedOver(request);
  } catch (error) {
    if (isSignalboxError(error) && THEIRS.includes(error.code)) {
      await writeRefusal(request.out, request.model, error.message);
    }
    throw error;
  }
}

/** Errors that the pull request is to blame for, and that its author can mend. */
const THEIRS: readonly ErrorCode[] = [
  'handover/refused',
  'training/failed',
  'release/refused',
  'input/invalid-documents',
  'input/bad-data',
  'input/unknown-reference',
];

async function judgeWhatWasHandedOver(request: JudgeRequest): Promise<Judged> {
  const { repo, progress } = request;
  const git = await GitRepository.open(repo);
  const commit = await requireJudged(git, request.commit);
  const judge = await openJudge(repo, await baseCommit(git, progress));
  return withTemporaryFolder(join(repo, '.signalbox', 'cache'), 'judge', async (temporary) => {
    const into = join(temporary, 'handover');
    await mkdir(into, { mode: 0o700 });
    const handover = await takeHandover(request.handover, into);
    const copy = await openCommitAsData(git, commit, temporary);
    try {
      const pipeline = await openPipeline(request, { folder: copy.folder, judge });
      if (copy.folder !== git.folder) {
        assertOwnData(pipeline.workspace, judge.workspace);
        await linkMainData(copy.folder, repo, judge.workspace);
      }
      return await judgeCommit(pipeline, { judge, handover, out: request.out });
    } finally {
      await copy.remove();
    }
  });
}

async function judgeCommit(
  pipeline: Awaited<ReturnType<typeof openPipeline>>,
  { judge, handover, out }: { readonly judge: Awaited<ReturnType<typeof openJudge>>; handover: Handover; out: string },
): Promise<Judged> {
  const judged = await judgePath(pipeline, { judge, train: (at, data) => admitRun(at, data, handover) });
  const { letThrough, verdicts } = judged;
  const verdict = verdictOf(pipeline, judged, handover.log);
  refuseKnownPackage(verdict, judge.workspace.versions.get(pipeline.model));
  await writeVerdict(pipeline.store, verdict, out);
  const version = await nextVersionNumber(pipeline.git, pipeline.model, judge.commit);
  const report = reportFrom(verdict, { definition: pipeline.definition, main: judge.workspace, version });
  return { verdict, letThrough, verdicts, version, report };
}
