import type { PullRequestSummary } from '../forge.js';
import type { GithubClient } from './client.js';
import { isFailedRequest } from './errors.js';
import { type GithubPull, summaryOf } from './records.js';

const PAGE_SIZE = 100;
/** A list that changes under our reading is read again from its newest end; more often than this it is left for the next time. */
const ROUNDS = 4;

/**
 * All pull requests of a repository, for somebody who asks every half minute. The list is read from what changed last, and only as far back as
 * the last reading; where nothing changed, that is one request that GitHub does not count.
 */
export class PullRequestList {
  readonly #client: GithubClient;
  readonly #known = new Map<number, PullRequestSummary>();
  #readUntil = '';
  #etag: string | null = null;

  constructor(client: GithubClient) {
    this.#client = client;
  }

  /** By number. What changes while it is read moves to the newest end, where the next round finds it. */
  async read(): Promise<readonly PullRequestSummary[]> {
    for (let round = 1; round <= ROUNDS; round += 1) if ((await this.#readNews()) === 'nothing') break;
    return [...this.#known.values()].sort((a, b) => a.number - b.number);
  }

  async #readNews(): Promise<'nothing' | 'something'> {
    const first = await this.#page(1);
    if (first === 'unchanged') return 'nothing';
    const until = this.#readUntil;
    let pulls = first.pulls;
    for (let page = 2; pulls.length === PAGE_SIZE && pulls.at(-1)!.updated_at >= until; page += 1) {
      this.#keep(pulls);
      const next = await this.#page(page);
      pulls = next === 'unchanged' ? [] : next.pulls;
    }
    this.#keep(pulls);
    // Only now: a reading that was cut off must not pass for one.
    this.#readUntil = first.pulls[0]?.updated_at ?? '';
    this.#etag = isOfOneSecond(first.pulls) ? null : first.etag;
    return 'something';
  }

  #keep(pulls: readonly GithubPull[]): void {
    for (const pull of pulls) this.#known.set(pull.number, summaryOf(pull));
  }

  async #page(
    page: number,
  ): Promise<'unchanged' | { readonly pulls: readonly GithubPull[]; readonly etag: string | null }> {
    const { owner, repo } = this.#client;
    const headers = page === 1 && this.#etag !== null ? { 'if-none-match': this.#etag } : {};
    return this.#client.call('list the pull requests', async ({ rest }) => {
      try {
        const order = { state: 'all', sort: 'updated', direction: 'desc', per_page: PAGE_SIZE } as const;
        const answer = await rest.pulls.list({ owner, repo, ...order, page, headers });
        return { pulls: answer.data, etag: answer.headers.etag ?? null };
      } catch (error) {
        if (isFailedRequest(error) && error.status === 304) return 'unchanged';
        throw error;
      }
    });
  }
}

/** Changes of one second are in no order: where they fill the page, one that comes after it leaves the page as it was. */
function isOfOneSecond(page: readonly GithubPull[]): boolean {
  return page.length === PAGE_SIZE && page[0]!.updated_at === page.at(-1)!.updated_at;
}
