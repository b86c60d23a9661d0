import { isSignalboxError } from '@signalbox/contracts';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BOT, type Mirror } from '../../tools/forge/index.js';
import type { TestRepository } from '../support/git-repository.js';
import type { Fault } from './server/github-server.js';
import { createTemplate, forgeOn, mirrorOf, pushBranch, serverOn, skipPauses } from './world.js';

const OPERATIONS = [
  'checks/create',
  'checks/list-for-ref',
  'checks/update',
  'issues/create-comment',
  'issues/list-comments',
  'issues/update-comment',
  'pulls/create',
  'pulls/list',
  'pulls/update',
];
const secondary = { message: 'You have exceeded a secondary rate limit.', headers: { 'retry-after': '1000' } };
const does: readonly Fault['does'][] = [
  ...(['cut', 'lost', 'cut-body'] as const),
  { status: 502, message: 'Bad Gateway' },
  { status: 403, ...secondary },
];
const faults = fc.array(
  fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    times: fc.integer({ min: 1, max: 6 }),
    does: fc.constantFrom(...does),
  }),
  { maxLength: 8 },
);

describe('a report of a run that is started again until it ends', () => {
  let repository: TestRepository;
  let mirror: Mirror;
  let head: string;
  beforeAll(async () => {
    repository = await createTemplate();
    head = await pushBranch(repository, 'feature');
    mirror = await mirrorOf(repository);
  });
  afterAll(() => repository.remove());
  afterEach(() => vi.useRealTimers());

  const annotations = Array.from({ length: 70 }, (_, i) => {
    return { path: 'm.yaml', line: i + 1, level: 'warning', title: `${i}`, message: 'Look.' } as const;
  });

  it('is there once, whatever fails on the way', async () => {
    skipPauses();
    await fc.assert(
      fc.asyncProperty(faults, async (planned) => {
        const server = serverOn(repository);
        server.faults.push(...planned.map((one) => ({ ...one })));
        const run = async () => {
          const forge = await forgeOn(server, mirror);
          const request = { head: 'feature', base: 'main', title: 'Add b', body: 'B.', author: BOT };
          const { number } = await forge.openPullRequest(request);
          await forge.comment(number, { body: 'All gates pass.', marker: 'report' });
          const check = { commit: head, verdict: 'pass', title: 'Gates', summary: 'Fine.', annotations } as const;
          await forge.setCheck(number, 'signalbox/gates', check);
        };
        await untilItEnds(run);
        const { checkRuns, comments, pulls } = server.state.repository;
        expect([pulls.length, comments.length, checkRuns.length, server.violations]).toEqual([1, 1, 1, []]);
        expect(checkRuns[0]!.annotations).toHaveLength(70);
      }),
      { numRuns: 10 },
    );
  });
});

/** Every failure on the way must be one that says it may be tried again. */
async function untilItEnds(run: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isSignalboxError(error) || !error.retryable || attempt === 60) throw error;
    }
  }
}
