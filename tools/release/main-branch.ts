import { SignalboxError } from '@signalbox/contracts';
import { isAncestor, readFileAtCommit, readWorkspaceCommit, runPlumbing, runPlumbingLine } from '../forge/index.js';
import type { Head } from './desired.js';

/** The branch that says what is wanted, unless told otherwise. */
export const MAIN_BRANCH = 'main';

/** The trailer of a commit message that promotes a rejected package again: `Re-promote: prod/flight-delay@sha256:…`. */
export const REPROMOTE_TRAILER = 'Re-promote';

export function repromotion(environment: string, model: string, digest: string): string {
  return `${environment}/${model}@${digest}`;
}

/** The main branch as the reconciler sees it: only its head counts, never an event. Documents are parsed once for each commit. */
export class MainBranch {
  readonly #repository: string;
  readonly #branch: string;
  #head: Head | null = null;
  #known: KnownHistory | null = null;

  constructor(repository: string, branch = MAIN_BRANCH) {
    this.#repository = repository;
    this.#branch = branch;
  }

  /** Errors: `input/unknown-reference` when the branch has no commit yet. */
  async commit(): Promise<string> {
    const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${this.#branch}`];
    const { status, stdout } = await runPlumbing(this.#repository, args, { answers: [0, 1] });
    if (status === 0) return stdout.toString('utf8').trim();
    throw new SignalboxError('input/unknown-reference', `${this.#repository} has no branch "${this.#branch}"`, {
      hint: `Push it: git push origin ${this.#branch}`,
    });
  }

  async read(commit: string): Promise<Head> {
    if (this.#head?.commit !== commit) {
      const { findings, workspace } = await readWorkspaceCommit(this.#repository, commit);
      this.#head = { commit, findings, workspace };
    }
    return this.#head;
  }

  readFile(commit: string, path: string): Promise<string | null> {
    return readFileAtCommit(this.#repository, commit, path);
  }

  /** Those of some commits that are not in the history of `head`; a commit that the repository does not even have is one. */
  async notInHistory(head: string, commits: readonly string[]): Promise<readonly string[]> {
    const known = this.#knownOf(head);
    const asked = [...new Set(commits)].filter((commit) => !known.ancestors.has(commit));
    if (asked.length === 0) return [];
    // One call for all of them; which of them are lost is asked only when some are.
    const input = `${[...asked, `^${head}`].join('\n')}\n`;
    const args = ['rev-list', '--max-count=1', '--stdin'];
    const { status, stdout } = await runPlumbing(this.#repository, args, { input, answers: [0, 128] });
    if (status === 0 && stdout.length === 0) {
      for (const commit of asked) known.ancestors.add(commit);
      return [];
    }
    const lost: string[] = [];
    for (const commit of asked) if (!(await isAncestor(this.#repository, commit, head))) lost.push(commit);
    return lost;
  }

  /** The values of the re-promotion trailers of all commits that `head` has and `since` has not. */
  repromotionsSince(since: string, head: string): Promise<ReadonlySet<string>> {
    const { repromotions } = this.#knownOf(head);
    const found = repromotions.get(since) ?? this.#readRepromotions(since, head);
    repromotions.set(since, found);
    found.catch(() => repromotions.delete(since));
    return found;
  }

  async #readRepromotions(since: string, head: string): Promise<ReadonlySet<string>> {
    const format = `--format=%(trailers:key=${REPROMOTE_TRAILER},valueonly,unfold)`;
    const log = await runPlumbingLine(this.#repository, ['log', format, `${since}..${head}`]);
    const values = log.split('\n').map((line) => line.trim());
    return new Set(values.filter((value) => value !== ''));
  }

  /** History never changes under a commit, so what was learnt about a head holds until there is another. */
  #knownOf(head: string): KnownHistory {
    if (this.#known?.head !== head) this.#known = { head, ancestors: new Set([head]), repromotions: new Map() };
    return this.#known;
  }
}

interface KnownHistory {
  readonly head: string;
  readonly ancestors: Set<string>;
  readonly repromotions: Map<string, Promise<ReadonlySet<string>>>;
}
