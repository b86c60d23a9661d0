import { parseDocument } from '@signalbox/contracts';
import { readBlobs, runPlumbingLine } from '../../forge/index.js';
import { versionIn } from '../changes/release-document.js';

/** One state of a release file on the main branch. */
export interface ReleaseState {
  readonly commit: string;
  readonly subject: string;
  readonly version: number;
  readonly text: string;
}

/**
 * The states that a release file has had on the first-parent history of a commit, oldest first; states that could not be read are left
 * out, since the reconciler never went by them and nobody can go back to them: all but the last one, where it says a version that was never asked for,
 * which is what somebody means. First parents only: what counts is what stood on the main branch, not what was tried on the way.
 */
export async function releaseHistory(repository: string, head: string, path: string): Promise<readonly ReleaseState[]> {
  const args = ['log', '--first-parent', '--reverse', '--format=%H %s', head, '--', path];
  const log = (await runPlumbingLine(repository, args)).split('\n').filter((line) => line !== '');
  const commits = log.map((line) => ({ commit: line.slice(0, 40), subject: line.slice(41) }));
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
