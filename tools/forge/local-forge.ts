import { SignalboxError } from '@signalbox/contracts';
import { BOT } from './bot.js';
import type { BranchSource, Forge, NewCheck, NewPullRequest, PullRequest, PullRequestFilter } from './forge.js';
import { GitRepository } from './git.js';
import type { Identity } from './identity.js';
import { isAncestor, mergeCommit } from './merge-commit.js';
import { PullRequestFiles } from './pull-request-files.js';
import { pushBranch } from './push-branch.js';
import { movedOn, noBranch, noPullRequest, nothingToMerge, notOpen } from './refusals.js';

/**
 * A bare repository as a forge: branches and merges are Git's own, pull requests are JSON files inside it. It knows no accounts, so an
 * author is what Git's identity says and an approval is what the caller says; who may write to the folder may do anything.
 */
export class LocalForge implements Forge {
  readonly kind = 'local';
  readonly address: string;
  readonly #git: GitRepository;
  readonly #records: PullRequestFiles;
  readonly #now: () => number;

  private constructor(git: GitRepository, gitFolder: string, now: () => number) {
    this.address = git.folder;
    this.#git = git;
    this.#records = new PullRequestFiles(gitFolder);
    this.#now = now;
  }

  /** Errors: `input/not-a-repository` when the folder is not a bare repository. */
  static async open(folder: string, now: () => number = Date.now): Promise<LocalForge> {
    const git = await GitRepository.open(folder);
    if ((await git.run(['rev-parse', '--is-bare-repository'])) !== 'true') {
      throw new SignalboxError('input/not-a-repository', `${folder} is not a bare repository`, {
        hint: 'A local forge is a bare repository: git init --bare <folder>, then git remote add origin <folder>.',
      });
    }
    return new LocalForge(git, await git.run(['rev-parse', '--absolute-git-dir']), now);
  }

  get repository(): string {
    return this.address;
  }

  /** The repository is the forge. */
  async sync(): Promise<void> {}

  async publishBranch(branch: string, from?: BranchSource): Promise<void> {
    if (from === undefined) await this.headOf(branch);
    else await pushBranch(branch, from, this.address);
  }

  async headOf(branch: string): Promise<string> {
    const commit = await this.#git.commitOf(`refs/heads/${branch}`);
    if (commit !== null && commit !== '') return commit;
    throw noBranch(this.address, branch);
  }

  async openPullRequest({ head, base, title, body, author }: NewPullRequest): Promise<PullRequest> {
    const [headCommit, baseCommit] = [await this.headOf(head), await this.headOf(base)];
    if (await isAncestor(this.address, headCommit, baseCommit)) throw nothingToMerge(head, base);
    const open = await this.listPullRequests({ state: 'open', head });
    const existing = open.find((one) => one.base === base);
    if (existing) return this.#update(existing.number, (record) => ({ ...record, title, body }));
    const created = await this.#records.create({
      title,
      body,
      author: author.name,
      head,
      base,
      state: 'open',
      openedAt: this.#timestamp(),
      comments: [],
      checks: {},
      approvals: [],
      mergeCommit: null,
    });
    return this.#withoutTwin(created);
  }

  async getPullRequest(number: number): Promise<PullRequest> {
    const record = await this.#records.read(number);
    if (record) return record.state === 'open' ? this.#mergedByHand(record) : record;
    throw noPullRequest(this.address, number);
  }

  async listPullRequests({ head, state }: PullRequestFilter = {}): Promise<readonly PullRequest[]> {
    const records = await Promise.all((await this.#records.numbers()).map((number) => this.getPullRequest(number)));
    return records.filter((one) => (!state || one.state === state) && (!head || one.head === head));
  }

  async comment(number: number, comment: { author: Identity; body: string; marker?: string }): Promise<void> {
    const marker = comment.marker ?? null;
    const added = { author: comment.author.name, at: this.#timestamp(), body: comment.body, marker };
    await this.#update(number, (record) => {
      const kept = record.comments.filter((one) => marker === null || one.marker !== marker);
      return { ...record, comments: [...kept, added] };
    });
  }

  async setCheck(number: number, name: string, { commit, summary, title, verdict }: NewCheck): Promise<void> {
    const check = { commit, verdict, title, summary, by: BOT.name };
    await this.#update(number, (record) => ({ ...record, checks: { ...record.checks, [name]: check } }));
  }

  async approve(number: number, by: string): Promise<void> {
    const record = await this.#requireOpen(number);
    const approval = { by, at: this.#timestamp(), commit: await this.headOf(record.head) };
    await this.#update(number, (current) => ({
      ...current,
      approvals: [...current.approvals.filter((one) => one.by !== by), approval],
    }));
  }

  async close(number: number, by: Identity, reason: string): Promise<void> {
    await this.#requireOpen(number);
    await this.comment(number, { author: by, body: reason });
    await this.#update(number, (record) => ({ ...record, state: 'closed' }));
  }

  async merge(number: number, by: Identity, head?: string): Promise<{ commit: string; pullRequest: PullRequest }> {
    const record = await this.#requireOpen(number);
    const [baseCommit, headCommit] = [await this.headOf(record.base), await this.headOf(record.head)];
    if (head !== undefined && head !== headCommit) throw movedOn(record.head, head, headCommit);
    const commit = await mergeCommit(this.address, {
      base: record.base,
      baseCommit,
      headCommit,
      message: `Merge pull request #${number} from ${record.head}\n\n${record.title}`,
      author: by,
    });
    const pullRequest = await this.#update(number, (current) => ({ ...current, state: 'merged', mergeCommit: commit }));
    return { commit, pullRequest };
  }

  /** A branch that was merged and pushed with plain Git is merged, whoever did it and however. */
  async #mergedByHand(record: PullRequest): Promise<PullRequest> {
    const head = await this.#git.commitOf(`refs/heads/${record.head}`);
    const base = await this.headOf(record.base);
    if (!head || !(await isAncestor(this.address, head, base))) return record;
    const path = ['rev-list', '--first-parent', '--ancestry-path', '--reverse', `${head}..${base}`];
    const [mergeCommit = head] = (await this.#git.run(path)).split('\n').filter((line) => line !== '');
    const merged: PullRequest = { ...record, state: 'merged', mergeCommit };
    await this.#records.write(merged);
    return merged;
  }

  /** Two who open for one branch at the same moment both end with the first of the two: the later one is closed. */
  async #withoutTwin(created: PullRequest): Promise<PullRequest> {
    const open = await this.listPullRequests({ state: 'open', head: created.head });
    const [first = created] = open.filter(({ base }) => base === created.base);
    if (first.number !== created.number) await this.#records.write({ ...created, state: 'closed' });
    return first;
  }

  async #requireOpen(number: number): Promise<PullRequest> {
    const record = await this.getPullRequest(number);
    if (record.state === 'open') return record;
    throw notOpen(number, record.state);
  }

  async #update(number: number, change: (record: PullRequest) => PullRequest): Promise<PullRequest> {
    const changed = change(await this.getPullRequest(number));
    await this.#records.write(changed);
    return changed;
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}
