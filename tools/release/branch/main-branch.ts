import { ParsedFiles, SignalboxError } from '@signalbox/contracts';
import { branchTip, isAncestor, readFileAtCommit, runPlumbing } from '../../forge/index.js';
import type { Head } from '../desired/head.js';
import type { Span } from './arrival.js';
import { MainBranchHistory } from './history.js';
import { OfNewestHead } from './memo.js';
import { readHead } from './read-head.js';
import { type Heard, MainBranchTrailers, type TrailerKey } from './trailers.js';

export * from './trailers.js';

/** The branch that says what is wanted, unless told otherwise. */
export const MAIN_BRANCH = 'main';

/** The main branch as the reconciler sees it: only its head counts, never an event. Documents are parsed once for each commit. */
export class MainBranch {
  readonly #repository: string;
  readonly #branch: string;
  readonly #parsed: ParsedFiles;
  readonly #documents = new OfNewestHead<Head>();
  readonly #files = new OfNewestHead<Map<string, Promise<string | null>>>();
  readonly #history = new OfNewestHead<MainBranchHistory>();
  readonly #trailers = new OfNewestHead<MainBranchTrailers>();
  /** History never changes under a commit, so what was learnt about a head holds until there is another. */
  #known: { readonly head: string; readonly ancestors: Set<string> } | null = null;
  /** The same of whether the head before is on the first-parent path of the head. */
  #path: { readonly range: string; readonly isOn: boolean } | null = null;

  /** `parsed` may be shared with whoever reads other commits of the same documents. */
  constructor(repository: string, branch = MAIN_BRANCH, parsed = new ParsedFiles()) {
    this.#repository = repository;
    this.#branch = branch;
    this.#parsed = parsed;
  }

  /** Errors: `input/unknown-reference` when the branch has no commit yet. */
  async commit(): Promise<string> {
    const tip = await branchTip(this.#repository, this.#branch);
    if (tip !== null) return tip;
    throw new SignalboxError('input/unknown-reference', `${this.#repository} has no branch "${this.#branch}"`, {
      hint: `Push it: git push origin ${this.#branch}`,
    });
  }

  read(commit: string): Promise<Head> {
    return this.#documents.of(commit, () => readHead(this.#repository, commit, this.#parsed));
  }

  /** What a commit says never changes: of the newest it is read once. A failure is asked again. */
  async readFile(commit: string, path: string): Promise<string | null> {
    const files = await this.#files.of(commit, async () => new Map());
    const known = files.get(path) ?? readFileAtCommit(this.#repository, commit, path);
    files.set(path, known);
    known.catch(() => files.delete(path));
    return known;
  }

  /** Those of some commits that are not in the history of `head`; a commit that the repository does not even have is one. */
  async notInHistory(head: string, commits: readonly string[]): Promise<readonly string[]> {
    if (this.#known?.head !== head) this.#known = { head, ancestors: new Set([head]) };
    const { ancestors } = this.#known;
    const asked = [...new Set(commits)].filter((commit) => !ancestors.has(commit));
    if (asked.length === 0) return [];
    // One call for all of them; which of them are lost is asked only when some are.
    const input = `${[...asked, `^${head}`].join('\n')}\n`;
    const args = ['rev-list', '--max-count=1', '--stdin'];
    const { status, stdout } = await runPlumbing(this.#repository, args, { input, answers: [0, 128] });
    if (status === 0 && stdout.length === 0) {
      for (const commit of asked) ancestors.add(commit);
      return [];
    }
    const lost: string[] = [];
    for (const commit of asked) if (!(await isAncestor(this.#repository, commit, head))) lost.push(commit);
    return lost;
  }

  /** What releases and records were on the branch before. */
  history(head: string): Promise<MainBranchHistory> {
    return this.#history.of(head, async (before) =>
      MainBranchHistory.read(this.#repository, head, await this.#ifIn(head, before)),
    );
  }

  /** Whether a commit of `head` that is newer says so in a trailer that counts (docs/rollback.md). */
  async saysSince(key: TrailerKey, value: string, { head, ...span }: Span): Promise<Heard> {
    const trailers = await this.#trailers.of(head, async (before) =>
      MainBranchTrailers.read(this.#repository, head, await this.#ifIn(head, before)),
    );
    return trailers.saysSince(key, value, span);
  }

  /**
   * What is known of a commit that is not on the first-parent path of the head is of no use: the branch was rewritten, or moved on to a branch that had
   * merged it, and then another path is the main branch's.
   */
  async #ifIn<T extends { readonly head: string }>(head: string, before: T | null): Promise<T | null> {
    if (before === null) return null;
    const range = `${before.head}..${head}`;
    if (this.#path?.range !== range) this.#path = { range, isOn: await isOnPath(this.#repository, before.head, head) };
    return this.#path.isOn ? before : null;
  }
}

/** Whether a commit is on the first-parent path of `head`; one that the repository does not have is not. */
async function isOnPath(repository: string, commit: string, head: string): Promise<boolean> {
  if (commit === head) return true;
  const args = ['rev-list', '--first-parent', '--parents', head, `^${commit}`, '--'];
  const { status, stdout } = await runPlumbing(repository, args, { answers: [0, 128] });
  const [, parent] = stdout.toString('utf8').trim().split('\n').at(-1)!.split(' ');
  return status === 0 && parent === commit;
}
