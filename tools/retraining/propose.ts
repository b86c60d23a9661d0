import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BOT, commitFiles, type Forge } from '../forge/index.js';
import { BASE_BRANCH, type PipelineOptions, type Proposal, propose } from '../registry/index.js';
import { decideRetraining, type RetrainingDecision } from './decide.js';
import { describeReasons, headline } from './describe.js';
import { periodsMessage } from './periods-message.js';
import { setPeriods } from './set-periods.js';
import { type RetrainingQuestion, readRetrainingState } from './state.js';
import { openWorkCopy, type WorkCopy } from './work-copy.js';

export interface RetrainingResult {
  readonly decision: RetrainingDecision;
  /** Null where the decision is to wait. */
  readonly proposal: Proposal | null;
}

type Due = Extract<RetrainingDecision, { readonly action: 'propose' }>;

/**
 * Decides, and where a new version is due proposes it by the ordinary path: the model's periods move to the newest data, and what comes of it is gated
 * against the live version like a person's change. Works in a copy of its own; the user's work tree may be dirty, and stays as it is. Cut off anywhere and
 * run again, it goes on with the same branch and the same pull request.
 * Errors: `git/conflict` when a person has pushed to the branch, and those of `readRetrainingState` and `propose`.
 */
export async function proposeRetraining(options: PipelineOptions & RetrainingQuestion): Promise<RetrainingResult> {
  const { forge, ignored, state } = await readRetrainingState(options);
  const decision = decideRetraining(state);
  if (decision.action === 'wait') return { decision, proposal: null };
  options.progress(
    `a new version of ${options.model} is asked for by ${headline(decision.triggers)}: ${decision.branch}`,
  );
  const { repo } = options;
  const copy = await openWorkCopy({ repo, branch: decision.branch, base: BASE_BRANCH, forge });
  try {
    for (const path of ['.signalbox', ...ignored]) await copy.link(path);
    await commitPeriods(copy, options.model, decision);
    const proposal = await propose({ ...options, repo: copy.folder });
    return { decision, proposal: await sayWhy(forge, proposal, decision) };
  } finally {
    await copy.remove();
  }
}

async function commitPeriods({ folder, git }: WorkCopy, model: string, due: Due): Promise<void> {
  const path = `models/${model}/model.yaml`;
  const before = await readFile(join(folder, path), 'utf8');
  const text = setPeriods(before, due.periods);
  if (text === before) return;
  const commit = await commitFiles(folder, {
    parent: await git.requireCommit('HEAD'),
    files: new Map([[path, text]]),
    message: periodsMessage(model, due),
    author: BOT,
  });
  await git.run(['merge', '--quiet', '--ff-only', commit]);
}

/** The report of the gates stays as it is; what comes before it says why there is a request at all. */
async function sayWhy(forge: Forge, proposal: Proposal, { branch, triggers }: Due): Promise<Proposal> {
  const pullRequest = await forge.openPullRequest({
    head: branch,
    base: BASE_BRANCH,
    title: `${proposal.pullRequest.title} (retrained: ${headline(triggers)})`,
    body: `${describeReasons(triggers)}\n${proposal.report}`,
    author: BOT,
  });
  return { ...proposal, pullRequest };
}
