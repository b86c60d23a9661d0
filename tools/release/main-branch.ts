import { SignalboxError } from '@signalbox/contracts';
import { isAncestor, readFileAtCommit, readWorkspaceCommit, runPlumbing, runPlumbingLine } from '../forge/index.js';
import type { Head } from './desired.js';

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

  constructor(repository: string, branch = 'main') {
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
    const missing: string[] = [];
    for (const commit of new Set(commits)) {
      if (!(await isAncestor(this.#repository, commit, head))) missing.push(commit);
    }
    return missing;
  }

  /** The values of the re-promotion trailers of all commits that `head` has and `since` has not. */
  async repromotionsSince(since: string, head: string): Promise<ReadonlySet<string>> {
    const format = `--format=%(trailers:key=${REPROMOTE_TRAILER},valueonly,unfold)`;
    const log = await runPlumbingLine(this.#repository, ['log', format, `${since}..${head}`]);
    return new Set(
      log
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    );
  }
}
