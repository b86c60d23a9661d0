import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import type { Forge, PullRequest } from '../../forge/index.js';
import type { CommitPlan } from '../../release/index.js';
import { GATES_CHECK, type Outcome } from './statement.js';
import { saidBefore } from './target.js';

const [FIRST, SECOND] = ['models/m/versions/1.yaml', 'models/m/versions/2.yaml'];

describe('a commit that was spoken of before', () => {
  let world: TestRepository;
  let head: string;
  beforeAll(async () => {
    world = await createTestRepository();
    await world.commit({ [FIRST]: 'a: 1\n' });
    head = await world.commit({ [SECOND]: 'a: 1\n' });
  });
  afterAll(() => world.remove());

  const said = (change: Partial<CommitPlan> = {}, judged: readonly Outcome[] = [], verdict = 'pass') => {
    const forge = { headOf: async () => head } as unknown as Forge;
    const checks = { [GATES_CHECK]: { commit: head, verdict } };
    const plan = { head, changedPaths: [SECOND, 'docs/page.md'], findings: [], ...change } as unknown as CommitPlan;
    const pullRequest = { head: 'branch', checks } as unknown as PullRequest;
    return saidBefore(forge, pullRequest, { git: world.git, judged, plan });
  };

  it('is one that brings the record which its check let through', async () => {
    expect(await said()).toBe(true);
    expect(await said({}, [], 'fail')).toBe(false);
  });

  it('is none any more where the main branch has moved so that merging brings another record, or none', async () => {
    expect(await said({ changedPaths: [FIRST, SECOND] })).toBe(false);
    expect(await said({ changedPaths: ['docs/page.md'] })).toBe(false);
  });

  it('is none where something is to be judged', async () => {
    expect(await said({}, [{ kind: 'missing', model: 'm' }])).toBe(false);
  });

  it('stays one while a document of the main branch is wrong: nothing else says that a judge wrote the record', async () => {
    expect(await said({ findings: [{} as never] })).toBe(true);
  });
});
