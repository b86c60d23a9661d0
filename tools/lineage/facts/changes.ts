import { type PullRequest, runPlumbing, runPlumbingLine } from '../../forge/index.js';
import type { LineageContext } from './context.js';
import type { ChangeFacts, CommitFacts, PullRequestFacts } from './facts.js';

const FORMAT = '--format=%H%x1f%an%x1f%cI%x1f%s';

/**
 * The newest commit of the history of `revision` that changed each path, by path; a path that it never had is left out, and so are all where the
 * repository lacks the revision. One call of Git, however many paths.
 */
export async function lastChanges(
  repository: string,
  revision: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, CommitFacts>> {
  const args = ['log', `${FORMAT}%x1e`, '--name-only', '--diff-merges=combined', revision, '--', ...paths];
  const { status, stdout } = await runPlumbing(repository, args, { answers: [0, 128] });
  const found = new Map<string, CommitFacts>();
  let commit: CommitFacts | null = null;
  for (const line of status === 0 ? stdout.toString('utf8').split('\n') : []) {
    if (line.endsWith('\x1e')) commit = parse(line.slice(0, -1));
    else if (commit !== null && line !== '' && !found.has(line)) found.set(line, commit);
  }
  return found;
}

/** The commit of the main branch that brought a file, with its pull request; null when the main branch never had it. */
export async function addedOnMain(context: LineageContext, path: string): Promise<ChangeFacts | null> {
  const { head, repository } = context;
  const args = ['log', '--first-parent', '--diff-filter=A', FORMAT, head, '--', path];
  const commits = (await runPlumbingLine(repository, args)).split('\n').map(parse);
  const first = commits.at(-1) ?? null;
  return first && withPullRequest(context, first);
}

/** A commit of the main branch, and the pull request that it merged. */
export async function changeOf(context: LineageContext, commit: string): Promise<ChangeFacts> {
  const line = await runPlumbingLine(context.repository, ['log', '-1', FORMAT, commit]);
  return withPullRequest(context, parse(line)!);
}

function parse(line: string): CommitFacts | null {
  const [commit, author, at, subject] = line.split('\x1f');
  if (commit === undefined || author === undefined || at === undefined || subject === undefined) return null;
  return { commit, author, at, subject };
}

async function withPullRequest(context: LineageContext, facts: CommitFacts): Promise<ChangeFacts> {
  const merged = await context.forge.listPullRequests({ state: 'merged' });
  const found = merged.find(({ mergeCommit }) => mergeCommit === facts.commit);
  const request = found && (await context.forge.getPullRequest(found.number));
  return { ...facts, pullRequest: request === undefined ? null : await pullRequestFacts(context, request) };
}

/** An approval of an earlier state of the branch is none of what was merged. */
async function pullRequestFacts({ repository }: LineageContext, request: PullRequest): Promise<PullRequestFacts> {
  const { approvals, author, number, title } = request;
  const mergeCommit = request.mergeCommit!;
  const args = ['rev-list', '--parents', '--max-count=1', mergeCommit];
  const merged = new Set((await runPlumbingLine(repository, args)).split(' '));
  const approvedBy = approvals.filter(({ by, commit }) => by !== author && merged.has(commit)).map(({ by }) => by);
  return { number, title, author, approvedBy, mergeCommit };
}
