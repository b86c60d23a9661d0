import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GithubClient } from './client.js';
import { PullRequestList } from './pull-request-list.js';
import type { GithubPull } from './records.js';

const pull = (number: number, updated: number, title: string): GithubPull => ({
  ...{ number, title, body: null, state: 'open', user: null, created_at: '', merged_at: null, merge_commit_sha: null },
  updated_at: String(updated).padStart(6, '0'),
  head: { ref: `b${number}`, sha: '', repo: { full_name: 'ada/flights' } },
  base: { ref: 'main', repo: { full_name: 'ada/flights' } },
});

/** A list on GitHub whose clock has few seconds, so that many changes fall into one, and that can change between two pages. */
class World {
  readonly pulls = new Map<number, GithubPull>();
  requests = 0;
  uncounted = 0;
  now = 1;
  betweenPages: () => void = () => undefined;

  change(number: number, title: string): void {
    this.pulls.set(number, pull(number, this.now, title));
  }

  readonly client = {
    ...{ owner: 'ada', repo: 'flights' },
    call: (_doing: string, run: (octokit: unknown) => Promise<unknown>) =>
      run({ rest: { pulls: { list: this.#list } } }),
  } as unknown as GithubClient;

  readonly #list = async ({
    headers,
    page,
    per_page: size,
  }: {
    headers: Record<string, string>;
    page: number;
    per_page: number;
  }) => {
    if (page > 1) this.betweenPages();
    const sorted = [...this.pulls.values()].sort(
      (a, b) => b.updated_at.localeCompare(a.updated_at) || b.number - a.number,
    );
    const data = sorted.slice((page - 1) * size, page * size);
    const etag = JSON.stringify(data);
    this.requests += 1;
    if (headers['if-none-match'] === etag) {
      this.uncounted += 1;
      throw Object.assign(new Error('Not modified'), { status: 304 });
    }
    return { data, headers: { etag } };
  };
}

const titles = (list: readonly { readonly number: number; readonly title: string }[]) =>
  list.map(({ number, title }) => `${number} ${title}`);

describe('the list of pull requests', () => {
  it('costs one request that is not counted where nothing changed, however long it is', async () => {
    const world = new World();
    for (let number = 1; number <= 1000; number += 1, world.now += 1) world.change(number, 'first');
    const list = new PullRequestList(world.client);
    expect(await list.read()).toHaveLength(1000);
    world.requests = 0;
    world.uncounted = 0;
    expect(await list.read()).toHaveLength(1000);
    expect([world.requests, world.uncounted]).toEqual([1, 1]);
    world.change(3, 'second');
    expect(titles(await list.read())[2]).toBe('3 second');
    expect([world.requests, world.uncounted]).toEqual([3, 2]);
  });

  it('goes back over a reading that was cut off', async () => {
    const world = new World();
    for (let number = 1; number <= 250; number += 1) world.change(number, 'first');
    const list = new PullRequestList(world.client);
    world.betweenPages = () => {
      throw new Error('cut');
    };
    await expect(list.read()).rejects.toThrow('cut');
    world.betweenPages = () => undefined;
    expect(await list.read()).toHaveLength(250);
  });

  it('says after every reading what GitHub says, whatever changes between readings and between pages', async () => {
    const change = fc.record({ number: fc.integer({ min: 1, max: 330 }), later: fc.integer({ min: 0, max: 2 }) });
    const rounds = fc.array(
      fc.record({ before: fc.array(change, { maxLength: 150 }), amid: fc.array(change, { maxLength: 4 }) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(rounds, async (played) => {
        const world = new World();
        for (let number = 1; number <= 220; number += 1) world.change(number, 'first');
        const list = new PullRequestList(world.client);
        let count = 0;
        const apply = ({ later, number }: { later: number; number: number }) => {
          world.now += later;
          count += 1;
          world.change(number, `change ${count}`);
        };
        for (const { amid, before } of played) {
          before.map(apply);
          const waiting = [...amid];
          world.betweenPages = () => waiting.splice(0, 1).map(apply);
          const found = await list.read();
          expect(titles(found)).toEqual(titles([...world.pulls.values()].sort((a, b) => a.number - b.number)));
        }
      }),
      {
        numRuns: 60,
        // All of one second, the last change on a page that was read already.
        examples: [
          [
            [
              { before: [], amid: [1, 21].map((number) => ({ number, later: 0 })) },
              { before: [], amid: [] },
            ],
          ],
        ],
      },
    );
  });
});
