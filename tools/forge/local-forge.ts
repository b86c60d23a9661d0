import { SignalboxError } from '@signalbox/contracts';
import { BOT } from './bot.js';
import type { BranchSource, Forge, NewCheck, NewPullRequest, PullRequest, PullRequestFilter } from './forge.js';
import { GitRepository } from './git.js';
import type { Identity } from './identity.js';
import { isAncestor, mergeCommit, mergeWords } from './merge-commit.js';
import { runPlumbingLine } from './plumbing.js';
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

  private constructor(git: GitRepository, now: () => number) {
    this.address = git.folder;
    this.#git = git;
    this.#records = new PullRequestFiles(git.gitFolder);
    this.#now = now;
  }

  /** Errors: `input/not-a-repository` when the folder is not a bare repository. */
  static async open(folder: string, now: () => number = Date.now): Promise<LocalForge> {
    return LocalForge.of(await GitRepository.open(folder), now);
  }

  /** The same for a repository that is open. */
  static of(git: GitRepository, now: () => number): LocalForge {
    if (git.isBare) return new LocalForge(git, now);
    throw new SignalboxError('input/not-a-repository', `${git.folder} is not a bare repository`, {
      hint: 'A local forge is a bare repository: git init --bare <folder>, then git remote add origin <folder>.',
    });
  }

  get repository(): string {
    return this.address;
  }

  async self(by: Identity): Promise<string> {
    return by.name;
  }

  /** The repository is the forge. */
  async sync(): Promise<void> {}

  async publishBranch(branch: string, from?: BranchSource): Promise<void> {
    if (from === undefined) await this.headOf(branch);
    else await pushBranch(branch, from, this.address);
  }

  async headOf(branch: string): Promise<string> {
    const commit = await this.#git.commitOf(`refs/heads/${branch}`);
    if (commit !== null) return commit;
    throw noBranch(this.address, branch);
  }

  async #tipsOf(head: string, base: string): Promise<readonly [head: string, base: string]> {
    const names = [head, base].map((branch) => `refs/heads/${branch}`);
    const lines = await runPlumbingLine(this.address, ['for-each-ref', '--format=%(refname) %(objectname)', ...names]);
    const tips = new Map(lines.split('\n').map((line) => line.split(' ') as [string, string]));
    const [headCommit, baseCommit] = names.map((name) => tips.get(name));
    if (headCommit === undefined) throw noBranch(this.address, head);
    if (baseCommit === undefined) throw noBranch(this.address, base);
    return [headCommit, baseCommit];
  }

  async openPullRequest({ head, base, title, body, author }: NewPullRequest): Promise<PullRequest> {
    const [headCommit, baseCommit] = await this.#tipsOf(head, base);
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
    const record = await this.#read(number);
    const [known = record] = await this.#mergedByHand([record]);
    return known;
  }

  async listPullRequests({ head, state }: PullRequestFilter = {}): Promise<readonly PullRequest[]> {
    const records = (await this.#records.list()).filter((one) => !head || one.head === head);
    return (await this.#mergedByHand(records)).filter((one) => !state || one.state === state);
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

  async approve(number: number, by: string, commit: string): Promise<void> {
    const record = await this.#requireOpen(number);
    const tip = await this.headOf(record.head);
    if (tip !== commit) throw movedOn(record.head, commit, tip);
    const approval = { by, at: this.#timestamp(), commit };
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
    const [headCommit, baseCommit] = await this.#tipsOf(record.head, record.base);
    if (head !== undefined && head !== headCommit) throw movedOn(record.head, head, headCommit);
    const commit = await mergeCommit(this.address, {
      base: record.base,
      baseCommit,
      headCommit,
      message: `Merge pull request #${number} from ${record.head}\n\n${mergeWords(record)}`,
      author: by,
    });
    const pullRequest = await this.#update(number, (current) => ({ ...current, state: 'merged', mergeCommit: commit }));
    return { commit, pullRequest };
  }

  /** A branch that was merged and pushed with plain Git is merged, whoever did it and however: one call for all the branches. */
  async #mergedByHand(records: readonly PullRequest[]): Promise<readonly PullRequest[]> {
    const open = records.filter(({ state }) => state === 'open');
    const changed = new Map<number, PullRequest>();
    for (const base of new Set(open.map((one) => one.base))) {
      const into = open.filter((one) => one.base === base);
      const heads = await this.#branchesIn(base, into);
      for (const record of into) {
        const head = heads.get(record.head);
        if (head !== undefined) changed.set(record.number, await this.#recordMerge(record, head));
      }
    }
    return records.map((record) => changed.get(record.number) ?? record);
  }

  /** Where those of the records' branches are that the history of another has. */
  async #branchesIn(base: string, records: readonly PullRequest[]): Promise<ReadonlyMap<string, string>> {
    const names = [...new Set(records.map(({ head }) => `refs/heads/${head}`))];
    const args = ['for-each-ref', `--merged=refs/heads/${base}`, '--format=%(objectname) %(refname:lstrip=2)'];
    try {
      const lines = (await runPlumbingLine(this.address, [...args, ...names])).split('\n');
      return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
    } catch (error) {
      // Git calls a missing branch a malformed name. Nothing was merged into it, and the pull requests of other branches are told all the same.
      if ((await this.#git.commitOf(`refs/heads/${base}`)) === null) return new Map();
      throw error;
    }
  }

  async #recordMerge(record: PullRequest, head: string): Promise<PullRequest> {
    const path = ['rev-list', '--first-parent', '--ancestry-path', '--reverse', `${head}..refs/heads/${record.base}`];
    const [mergeCommit = head] = (await this.#git.run(path)).split('\n').filter((line) => line !== '');
    const merged: PullRequest = { ...record, state: 'merged', mergeCommit };
    await this.#records.write(merged);
    return merged;
  }

  /** Two who open for one branch at the same moment both end with the first of the two: the later one is closed. Neither is merged yet. */
  async #withoutTwin(created: PullRequest): Promise<PullRequest> {
    const { base, head } = created;
    const twins = await this.#records.list();
    const [first = created] = twins.filter((one) => one.state === 'open' && one.head === head && one.base === base);
    if (first.number !== created.number) await this.#records.write({ ...created, state: 'closed' });
    return first;
  }

  async #read(number: number): Promise<PullRequest> {
    const record = await this.#records.read(number);
    if (record) return record;
    throw noPullRequest(this.address, number);
  }

  async #requireOpen(number: number): Promise<PullRequest> {
    const record = await this.getPullRequest(number);
    if (record.state === 'open') return record;
    throw notOpen(number, record.state);
  }

  async #update(number: number, change: (record: PullRequest) => PullRequest): Promise<PullRequest> {
    const changed = change(await this.#read(number));
    await this.#records.write(changed);
    return changed;
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}
