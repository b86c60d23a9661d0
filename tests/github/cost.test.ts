import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BOT, type GithubForge, type Mirror } from '../../tools/forge/index.js';
import type { TestRepository } from '../support/git-repository.js';
import type { GithubServer } from './server/github-server.js';
import { createTemplate, forgeOn, GRACE_TOKEN, mirrorOf, pushBranch, serverOn, skipPauses } from './world.js';

/** The figures of docs/github.md: GitHub counts every request but those that it answers with 304. */
describe('GitHub is asked', () => {
  let repository: TestRepository;
  let mirror: Mirror;
  let server: GithubServer;
  let forge: GithubForge;

  beforeAll(async () => {
    repository = await createTemplate();
    await pushBranch(repository, 'feature');
    mirror = await mirrorOf(repository);
  });
  afterAll(() => repository.remove());
  beforeEach(async () => {
    server = serverOn(repository);
    skipPauses();
    forge = await forgeOn(server, mirror);
    await forge.openPullRequest({ head: 'feature', base: 'main', title: 'Add b', body: 'B.', author: BOT });
    server.answered.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(server.violations).toEqual([]);
  });

  it('for the tip of a branch once, and then whether it moved', async () => {
    const first = await forge.headOf('feature');
    expect([await forge.headOf('feature'), server.answered]).toEqual([first, ['git/get-ref 304', 'git/get-ref 304']]);
    await repository.git.run(['switch', '--quiet', 'feature']);
    const moved = await repository.commit({ 'c.yaml': 'c: 1\n' });
    expect([await forge.headOf('feature'), server.answered[2]]).toEqual([moved, 'git/get-ref 200']);
  });

  it('four times for a pull request, and once for each who approved or asked for changes', async () => {
    await forge.getPullRequest(1);
    expect(server.answered).toHaveLength(4);
    await (await forgeOn(server, mirror, GRACE_TOKEN)).approve(1, 'grace', await forge.headOf('feature'));
    server.answered.length = 0;
    expect((await forge.getPullRequest(1)).approvals).toHaveLength(1);
    expect(server.answered).toHaveLength(5);
  });

  it('once for all pull requests, and for nothing that is counted while none changes', async () => {
    for (let pass = 1; pass <= 3; pass += 1) expect(await forge.listPullRequests()).toHaveLength(1);
    const counted = server.answered.filter((one) => !one.endsWith('304'));
    expect([counted, server.answered.length]).toEqual([['pulls/list 200'], 4]);
  });

  it('and an approval of somebody who is gone by now counts for nothing', async () => {
    await (await forgeOn(server, mirror, GRACE_TOKEN)).approve(1, 'grace', await forge.headOf('feature'));
    const does = { status: 404, message: 'grace is not a user' };
    server.faults.push({ operation: 'repos/get-collaborator-permission-level', does });
    expect((await forge.getPullRequest(1)).approvals).toEqual([]);
  });
});
