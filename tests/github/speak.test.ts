import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BOT, type GithubForge } from '../../tools/forge/index.js';
import { speak } from '../../tools/registry/index.js';
import { createProposalWorld, modelYaml, type ProposalWorld } from '../pipeline/proposal-world.js';
import type { GithubServer } from './server/github-server.js';
import { clientOf, forgeOn, mirrorOf, OWNER, pushBranch, REPO, serverOn, skipPauses } from './world.js';

/** The job with rights, on GitHub as its published description has it. */
describe('speaking on GitHub', () => {
  let world: ProposalWorld;
  let server: GithubServer;
  let forge: GithubForge;

  beforeAll(async () => {
    world = await createProposalWorld();
    server = serverOn(world);
    forge = await forgeOn(server, await mirrorOf(world));
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(server.violations).toEqual([]);
  });
  afterAll(() => world.remove());

  async function say(branch: string, commit: string) {
    skipPauses();
    const request = { head: branch, base: 'main', title: branch, body: 'By Ada.', author: BOT };
    const { number } = await forge.openPullRequest(request);
    return {
      number,
      say: () => speak({ ...world.options, forge, identity: BOT, pullRequest: number, commit, verdict: null }),
    };
  }

  it('lets a pull request pass that changes no model, with one comment however often it is said', async () => {
    const commit = await pushBranch(world, 'words', { 'README.md': 'Words.\n' });
    const { number, say: speakOf } = await say('words', commit);
    await speakOf();
    const { letThrough, pullRequest } = await speakOf();
    expect(letThrough).toBe(true);
    expect(pullRequest.comments).toHaveLength(1);
    expect(pullRequest.checks['signalbox/gates']).toMatchObject({ verdict: 'pass', commit });
    expect((await forge.getPullRequest(number)).body).toBe('By Ada.');
  });

  it('believes no check that another App made: what nobody judged is not let through', async () => {
    const commit = await pushBranch(world, 'model', { 'models/dispute/model.yaml': modelYaml({ weights: 'better' }) });
    const { say: speakOf } = await say('model', commit);
    server.state.accounts.set('ghs_forger', { login: 'forger[bot]', type: 'Bot', appId: 666 });
    const { octokit } = await clientOf(server, 'ghs_forger');
    const run = { name: 'signalbox/gates', head_sha: commit, status: 'completed', conclusion: 'success' } as const;
    await octokit.rest.checks.create({ owner: OWNER, repo: REPO, ...run, external_id: 'signalbox:pass:0' });
    const { letThrough, outcomes, pullRequest } = await speakOf();
    expect({ letThrough, outcomes }).toEqual({ letThrough: false, outcomes: [{ kind: 'missing', model: 'dispute' }] });
    expect(pullRequest.checks['signalbox/gates']).toMatchObject({ verdict: 'error', commit });
  });

  it('refuses a record that the branch brings with it, also where that spares the training', async () => {
    const record = 'package: {}\n';
    const commit = await pushBranch(world, 'record', { 'models/dispute/versions/1.yaml': record });
    const { letThrough, outcomes } = await (await say('record', commit)).say();
    expect(letThrough).toBe(false);
    expect(outcomes).toEqual([
      { kind: 'untrusted', model: null, sentence: expect.stringContaining('was written by no judge') },
    ]);
  });
});
