import { parseDocument } from '@signalbox/contracts';
import { readBlobs, runPlumbingLine } from '../../forge/index.js';
import { versionIn } from '../changes/release-document.js';
import { lineOf, parentsSince } from './arrival.js';

/** One state of a release file on the main branch. */
export interface ReleaseState {
  readonly commit: string;
  readonly subject: string;
  readonly version: number;
  readonly text: string;
}

/** A commit of the main branch, with what is known of it: commits that were published, so it ended there. */
export interface KnownBranch {
  readonly head: string;
  readonly published: readonly string[];
}

/**
 * The states that a release file has had on the main branch until a commit, oldest first; states that could not be read are left
 * out, since the reconciler never went by them and nobody can go back to them: all but the last one, where it says a version that was never asked for,
 * which is what somebody means. What counts is what stood on the main branch, not what was tried on the way: by the parents that have what was published.
 */
export async function releaseHistory(
  repository: string,
  branch: string | KnownBranch,
  path: string,
): Promise<readonly ReleaseState[]> {
  const { head, published } = typeof branch === 'string' ? { head: branch, published: [] } : branch;
  const commits = await changesOnMain(repository, { head, published }, path);
  const texts = await readBlobs(
    repository,
    commits.map(({ commit }) => `${commit}:${path}`),
  );
  const states = commits.flatMap((one, i): ReleaseState[] => {
    const text = texts[i] ?? null;
    const version = text === null ? null : versionIn(text);
    return text === null || version === null ? [] : [{ ...one, version, text }];
  });
  const readable = states.filter(({ text }) => parseDocument('release', { file: path, text }).document !== null);
  const last = states.find(({ commit }) => commit === commits.at(-1)?.commit);
  const isMeant = last !== undefined && !readable.some(({ version }) => version === last.version);
  return isMeant ? [...readable, last] : readable;
}

/** The commits of the main branch that made another file of it than it was there, oldest first. */
async function changesOnMain(
  repository: string,
  { head, published }: KnownBranch,
  path: string,
): Promise<readonly Pick<ReleaseState, 'commit' | 'subject'>[]> {
  const args = [
    'log',
    '-m',
    '--full-history',
    '--raw',
    '--no-abbrev',
    '--no-renames',
    '--format=%H %s',
    head,
    '--',
    path,
  ];
  const [parents, log] = await Promise.all([
    parentsSince(repository, { head, since: null }),
    runPlumbingLine(repository, args),
  ]);
  const [subjects, blobs] = [new Map<string, string>(), new Map<string, string>()];
  let last = '';
  for (const line of log.split('\n')) {
    const [, blob] = /^:[0-7]+ [0-7]+ [0-9a-f]+ ([0-9a-f]+) [A-Z]\t/.exec(line) ?? [];
    if (blob !== undefined) blobs.set(last, blob);
    else if (line !== '') {
      last = line.slice(0, 40);
      subjects.set(last, line.slice(41));
    }
  }
  const before = lineOf(parents, published);
  const line: string[] = [];
  for (let at: string | undefined = head; at !== undefined; at = before(at)) if (blobs.has(at)) line.push(at);
  const changes = line.reverse().filter((commit, i) => blobs.get(commit) !== blobs.get(line[i - 1] ?? ''));
  return changes.map((commit) => ({ commit, subject: subjects.get(commit)! }));
}

/**
 * The states to go back to, the last first: a stack, on which a promotion pushes. A return to what still stands on it takes off all that came after,
 * however far it goes. So after 1, 2, 3 and a return to 1, going back again leads neither to 3 nor to 2, which were left for a reason.
 */
export function statesBefore(history: readonly ReleaseState[]): readonly ReleaseState[] {
  const stack: ReleaseState[] = [];
  for (const state of history) {
    const at = stack.findIndex(({ version }) => version === state.version);
    stack.splice(at === -1 ? stack.length : at, stack.length, state);
  }
  return stack.slice(0, -1).reverse();
}
