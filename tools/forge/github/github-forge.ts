import { isSignalboxError } from '@signalbox/contracts';
import type {
  BranchSource,
  Forge,
  NewCheck,
  NewPullRequest,
  PullRequest,
  PullRequestFilter,
  PullRequestSummary,
} from '../forge.js';
import type { Identity } from '../identity.js';
import { movedOn, noBranch, noPullRequest, nothingToMerge, notOpen } from '../refusals.js';
import { readChecks, writeCheck } from './checks.js';
import type { GithubClient } from './client.js';
import { readComments, writeComment } from './comments.js';
import { createOnce, NOT_REPEATED } from './create-once.js';
import { isFailedRequest } from './errors.js';
import { capMarkdown, MAX_BODY_CHARACTERS } from './markdown.js';
import { mergePull } from './merging.js';
import type { Mirror } from './mirror.js';
import { PullRequestList } from './pull-request-list.js';
import { type GithubPull, summaryOf } from './records.js';
import { readReviews, writeApproval } from './reviews.js';

/** GitHub takes longer titles for wrong. */
const MAX_TITLE_CHARACTERS = 256;
/** Of the last comment before an end, so that ending twice says it once. */
const CLOSING_MARKER = 'closing';

/**
 * A repository on GitHub. Branches are read from a mirror, everything else is asked for anew: nothing that decides anything is remembered.
 * Who acts is whoever the token or App is; the names that callers give are only Git's.
 */
export class GithubForge implements Forge {
  readonly kind = 'github';
  readonly address: string;
  readonly #client: GithubClient;
  readonly #mirror: Mirror;
  readonly #list: PullRequestList;
  readonly #heads = new Map<string, { readonly etag: string; readonly commit: string }>();

  constructor(client: GithubClient, { address, mirror }: { readonly address: string; readonly mirror: Mirror }) {
    this.address = address;
    this.#client = client;
    this.#mirror = mirror;
    this.#list = new PullRequestList(client);
  }

  get repository(): string {
    return this.#mirror.folder;
  }

  self(): Promise<string> {
    return this.#client.login();
  }

  sync(): Promise<void> {
    return this.#mirror.sync();
  }

  publishBranch(branch: string, from?: BranchSource): Promise<void> {
    return this.#mirror.publish(branch, from);
  }

  /** One request, which GitHub does not count while the branch stays where it was. */
  async headOf(branch: string): Promise<string> {
    const { call, owner, repo } = this.#client;
    const known = this.#heads.get(branch);
    return call(`read the branch ${branch}`, async ({ rest }) => {
      try {
        const headers = known ? { 'if-none-match': known.etag } : {};
        const { data, headers: answered } = await rest.git.getRef({ owner, repo, ref: `heads/${branch}`, headers });
        const commit = data.object.sha;
        if (answered.etag) this.#heads.set(branch, { etag: answered.etag, commit });
        return commit;
      } catch (error) {
        if (isFailedRequest(error) && error.status === 304 && known) return known.commit;
        if (isFailedRequest(error) && error.status === 404) throw noBranch(this.address, branch);
        throw error;
      }
    });
  }

  async openPullRequest(request: NewPullRequest): Promise<PullRequest> {
    const { base, head } = request;
    await Promise.all([this.headOf(head), this.headOf(base)]);
    const title = request.title.slice(0, MAX_TITLE_CHARACTERS);
    const body = capMarkdown(request.body, MAX_BODY_CHARACTERS);
    const opened = await createOnce(
      () => this.#findOpen(head, base),
      () => this.#create({ ...request, title, body }),
    );
    if (opened.title !== title || opened.body !== body) await this.#change(opened.number, { title, body });
    return this.getPullRequest(opened.number);
  }

  async getPullRequest(number: number): Promise<PullRequest> {
    const pull = await this.#read(number);
    const [comments, checks, reviews] = await Promise.all([
      readComments(this.#client, number),
      readChecks(this.#client, pull.head.sha),
      readReviews(this.#client, number),
    ]);
    const summary = summaryOf(pull);
    const fork = summary.head.includes(':') ? { forkHead: pull.head.sha } : {};
    return { ...summary, comments, checks, ...reviews, ...fork };
  }

  /** Open ones and those of a branch are asked for; all of them come from a list that is only brought up to date. */
  async listPullRequests({ head, state }: PullRequestFilter = {}): Promise<readonly PullRequestSummary[]> {
    const isFew = head !== undefined || state === 'open';
    const found = isFew ? await this.#listFew(head, state) : await this.#list.read();
    return found.filter((one) => (!state || one.state === state) && (!head || one.head === head));
  }

  async comment(number: number, comment: { readonly body: string; readonly marker?: string }): Promise<void> {
    await writeComment(this.#client, number, comment);
  }

  async setCheck(number: number, name: string, check: NewCheck): Promise<void> {
    await this.#read(number);
    await writeCheck(this.#client, name, check);
  }

  async approve(number: number, by: string, commit: string): Promise<void> {
    const { head } = await this.#readOpen(number);
    if (head.sha !== commit) throw movedOn(head.ref, commit, head.sha);
    await writeApproval(this.#client, { number, by, commit });
  }

  async close(number: number, _by: Identity, reason: string): Promise<void> {
    await this.#readOpen(number);
    await writeComment(this.#client, number, { body: reason, marker: CLOSING_MARKER });
    await this.#change(number, { state: 'closed' });
  }

  async merge(
    number: number,
    _by: Identity,
    head?: string,
  ): Promise<{ readonly commit: string; readonly pullRequest: PullRequestSummary }> {
    const pull = await this.#readOpen(number);
    if (head !== undefined && head !== pull.head.sha) throw movedOn(pull.head.ref, head, pull.head.sha);
    const commit = await mergePull(this.#client, pull);
    return { commit, pullRequest: { ...summaryOf(pull), state: 'merged', mergeCommit: commit } };
  }

  async #read(number: number): Promise<GithubPull> {
    const { call, owner, repo } = this.#client;
    return call(`read pull request ${number}`, async ({ rest }) => {
      try {
        return (await rest.pulls.get({ owner, repo, pull_number: number })).data;
      } catch (error) {
        if (isFailedRequest(error) && error.status === 404) throw noPullRequest(this.address, number);
        throw error;
      }
    });
  }

  async #readOpen(number: number): Promise<GithubPull> {
    const pull = await this.#read(number);
    const { state } = summaryOf(pull);
    if (state !== 'open') throw notOpen(number, state);
    return pull;
  }

  async #listFew(head?: string, state?: string): Promise<readonly PullRequestSummary[]> {
    const { call, owner, repo } = this.#client;
    const found = await call('list the pull requests', (octokit) =>
      octokit.paginate(octokit.rest.pulls.list, {
        ...{ owner, repo, state: state === 'open' ? 'open' : 'all', sort: 'created', direction: 'asc', per_page: 100 },
        ...(head !== undefined && { head: `${owner}:${head}` }),
      }),
    );
    return found.map(summaryOf);
  }

  async #findOpen(head: string, base: string): Promise<PullRequestSummary | null> {
    const open = await this.listPullRequests({ state: 'open', head });
    return open.find((one) => one.base === base) ?? null;
  }

  async #create({ base, body, head, title }: NewPullRequest): Promise<PullRequestSummary> {
    const { call, owner, repo } = this.#client;
    try {
      return await call(`open a pull request from ${head} to ${base}`, async ({ rest }) =>
        summaryOf((await rest.pulls.create({ owner, repo, head, base, title, body, ...NOT_REPEATED })).data),
      );
    } catch (error) {
      const isEmpty = isSignalboxError(error) && /no commits between/i.test(error.message);
      throw isEmpty ? nothingToMerge(head, base) : error;
    }
  }

  async #change(number: number, change: { title?: string; body?: string; state?: 'closed' }): Promise<void> {
    const { call, owner, repo } = this.#client;
    await call(`change pull request ${number}`, ({ rest }) =>
      rest.pulls.update({ owner, repo, pull_number: number, ...change }),
    );
  }
}
