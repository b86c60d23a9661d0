import { EMPTY_TREE, runPlumbing } from '../../forge/index.js';

export interface Span {
  readonly head: string;
  /** A commit that was published, so the main branch once ended there. A lost one has nothing. */
  readonly since: string;
  /** Others whose history counts no more. */
  readonly left?: readonly string[];
}

/** The parents of each commit that a head has and another has not, older commits first. */
export type Parents = ReadonlyMap<string, readonly string[]>;

/** From what to what the main branch, or a branch that was merged into it, went by a commit. */
export interface Step {
  readonly from: string;
  readonly to: string;
}

/** `since`: null for the whole history. */
export async function parentsSince(
  repository: string,
  { head, since }: { readonly head: string; readonly since: string | null },
): Promise<Parents> {
  const args = ['rev-list', '--parents', '--topo-order', '--reverse', '--ignore-missing', '--stdin'];
  const { stdout } = await runPlumbing(repository, args, { input: `${head}\n${since === null ? '' : `^${since}\n`}` });
  const lines = stdout.toString('utf8').split('\n');
  const commits = lines.filter((line) => line !== '').map((line) => line.split(' '));
  return new Map(commits.map(([commit, ...parents]) => [commit!, parents] as const));
}

/**
 * Which parent of a commit the main branch was: the one that has the newest of what was published, as the main branch ended there; and of several the first,
 * as whoever merges a pull request makes it. After `git pull` of one's own main that may be the wrong one, which nothing in Git tells. Pure.
 */
export function lineOf(parents: Parents, published: readonly string[]): (commit: string) => string | undefined {
  const tips = new Set(published);
  const newest = new Map<string, number>();
  const newestIn = (commit: string): number => newest.get(commit) ?? (tips.has(commit) ? 0 : -1);
  for (const [commit, of] of parents) {
    newest.set(commit, tips.has(commit) ? newest.size + 1 : Math.max(-1, ...of.map(newestIn)));
  }
  return (commit) => {
    const of = parents.get(commit) ?? [];
    const most = Math.max(...of.map(newestIn));
    return of.find((parent) => newestIn(parent) === most);
  };
}

/**
 * How a commit came to the main branch: the merge that brought it, as seen from what the main branch was, or the commit itself; then each merge that had
 * brought it to the branch that was merged. After `git pull` of one's own main it may seem to have come with all that was pulled. Null: it is not newer. Pure.
 */
export function waysIn(commit: string, parents: Parents, { head, left = [], since }: Span): readonly Step[] | null {
  const carrying = descendantsOf(commit, parents);
  if (!parents.has(commit) || left.some((one) => carrying.has(one))) return null;
  const before = lineOf(parents, [since]);
  const steps: Step[] = [];
  for (let at: string | undefined = head; at !== undefined; at = parents.get(at)!.find((one) => carrying.has(one))) {
    let from = before(at);
    for (; from !== undefined && carrying.has(from); from = before(at)) at = from;
    if (at !== commit || steps.length === 0) steps.push({ from: from ?? EMPTY_TREE, to: at });
  }
  return steps;
}

/** A commit with all that have it in their history. */
function descendantsOf(commit: string, parents: Parents): ReadonlySet<string> {
  const found = new Set([commit]);
  for (const [one, of] of parents) if (of.some((parent) => found.has(parent))) found.add(one);
  return found;
}
