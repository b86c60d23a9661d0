import { runPlumbing } from '../../forge/index.js';

interface Between {
  readonly since: string;
  readonly head: string;
}

/**
 * The paths that changed on the main branch by what brought a commit there: the merge, as its first parent sees it, or the commit itself. What was
 * done and undone on the way there is none of them. Null: `since` has it already. A `since` that is lost has nothing.
 */
export async function pathsOfArrival(
  repository: string,
  commit: string,
  between: Between,
): Promise<readonly string[] | null> {
  const arrived = arrivalOf(commit, await parentsBetween(repository, between), between.head);
  if (arrived === null) return null;
  const args = ['log', '--max-count=1', '--first-parent', '-m', '--name-only', '--no-renames', '-z', '--format='];
  const { stdout } = await runPlumbing(repository, [...args, arrived]);
  const paths = stdout.toString('utf8').split('\0');
  return paths.map((path) => path.replace(/^\n/, '')).filter((path) => path !== '');
}

type Parents = ReadonlyMap<string, readonly string[]>;

async function parentsBetween(repository: string, { head, since }: Between): Promise<Parents> {
  const range = [head, `^${since}`];
  const args = (revisions: readonly string[]) => ['rev-list', '--parents', ...revisions, '--'];
  const bounded = await runPlumbing(repository, args(range), { answers: [0, 128] });
  const { stdout } = bounded.status === 0 ? bounded : await runPlumbing(repository, args([head]));
  const lines = stdout.toString('utf8').split('\n');
  return new Map(
    lines.filter((line) => line !== '').map((line) => [line.slice(0, 40), line.slice(41).split(' ')] as const),
  );
}

/** The first commit of the first-parent path that has `commit` in its history; null: none has. Pure. */
function arrivalOf(commit: string, parents: Parents, head: string): string | null {
  const path: string[] = [];
  for (let at: string | undefined = head; at !== undefined && parents.has(at); at = parents.get(at)?.[0]) path.push(at);
  const seen = new Set<string>();
  for (const one of path.reverse()) {
    const open = [one];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next) || !parents.has(next)) continue;
      if (next === commit) return one;
      seen.add(next);
      open.push(...(parents.get(next) ?? []));
    }
  }
  return null;
}
