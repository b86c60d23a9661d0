import { commitFiles, commitTree, runPlumbingLine } from '../../tools/forge/index.js';

const MALLORY = { name: 'Mallory', email: 'mallory@example.com' };

/** Commits of any shape in a repository that needs no work tree. */
export function historyIn(repository: string) {
  const child = (parent: string, files: Readonly<Record<string, string | null>>) =>
    commitFiles(repository, { parent, files: new Map(Object.entries(files)), message: 'Change', author: MALLORY });
  /** A merge that makes what one commit has, dated by whoever makes it. */
  const join = async (like: string, parents: readonly string[]) => {
    const tree = await runPlumbingLine(repository, ['rev-parse', `${like}^{tree}`]);
    return commitTree(repository, { tree, parents, message: 'Merge', author: MALLORY });
  };
  return { child, join };
}

/** Seconds of Unix time: what a commit says of itself decides which of two merge bases Git names first. */
async function redated(repository: string, commit: string, seconds: number): Promise<string> {
  const line = (args: readonly string[], input?: string) =>
    runPlumbingLine(repository, args, input === undefined ? {} : { input });
  const text = await line(['cat-file', 'commit', commit]);
  const dated = text.replace(/^((?:author|committer) .*>) \d+ /gm, `$1 ${seconds} `);
  return line(['hash-object', '-t', 'commit', '-w', '--stdin'], `${dated}\n`);
}

export interface CrissCross {
  /** Of a first pull request, which adds two pages and nothing else. */
  readonly first: string;
  /** Of a second one, to be merged after it: it has two merge bases with what the main branch is then. */
  readonly second: string;
  /** The two, the newer first: the one with what was tried, or the one in which it was taken back. */
  readonly bases: readonly string[];
}

/**
 * What was tried on a side and taken back there, brought to the main branch by nobody's change: the difference between either merge base and the second head
 * shows pages only where the base is one that has it already, and merging brings it all the same.
 */
export async function crissCross(
  repository: string,
  main: string,
  {
    tried,
    before,
    newer,
  }: {
    readonly tried: Readonly<Record<string, string>>;
    /** The same files as the main branch has them. */
    readonly before: Readonly<Record<string, string | null>>;
    readonly newer: 'tried' | 'taken back';
  },
): Promise<CrissCross> {
  const { child, join } = historyIn(repository);
  const [early, late] = [1_000_000_000, 2_000_000_000];
  const start = await child(main, tried);
  const kept = await redated(repository, await child(start, { 'docs/k.md': 'k\n' }), newer === 'tried' ? late : early);
  const back = await child(start, { ...before, 'docs/l.md': 'l\n' });
  const takenBack = await redated(repository, back, newer === 'tried' ? early : late);
  const both = { 'docs/k.md': 'k\n', 'docs/l.md': 'l\n' };
  const first = await join(await child(takenBack, both), [takenBack, kept]);
  const second = await join(await child(kept, both), [kept, takenBack]);
  return { first, second, bases: newer === 'tried' ? [kept, takenBack] : [takenBack, kept] };
}
