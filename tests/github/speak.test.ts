import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { BOT, type GithubForge, readFileAtCommit } from '../../tools/forge/index.js';
import { speak } from '../../tools/registry/index.js';
import { createProposalWorld, modelYaml, type ProposalWorld } from '../pipeline/proposal-world.js';
import { crissCross, historyIn } from '../support/forked-history.js';
import { digestOf, recordOf } from '../support/release-world.js';
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

  describe('of a branch whose merge is not its difference', () => {
    const RECORD = 'models/dispute/versions/1.yaml';
    const TRAINER = 'models/dispute/train.mjs';
    const mainOf = () => forge.headOf('main');
    /** A branch at a commit that is in the repository already. */
    async function proposed(branch: string, commit: string) {
      await world.git.run(['push', '--quiet', '--force', 'origin', `${commit}:refs/heads/${branch}`]);
      await forge.sync();
      return say(branch, commit);
    }
    const fetched = (commit: string) => world.git.run(['fetch', '--quiet', world.forge, commit]);

    it('refuses what a second merge base brings, which no difference shows', async () => {
      const main = await mainOf();
      const trainer = (await readFileAtCommit(world.forge, main, TRAINER))!;
      const { first, second } = await crissCross(world.folder, main, {
        tried: { [RECORD]: stringify(recordOf(1)), [TRAINER]: `${trainer}// other\n` },
        before: { [RECORD]: null, [TRAINER]: trainer },
        newer: 'tried',
      });
      const pages = await proposed('pages', first);
      expect((await pages.say()).letThrough).toBe(true);
      await forge.merge(pages.number, BOT, first);
      await forge.sync();
      const { letThrough, outcomes } = await (await proposed('more-pages', second)).say();
      expect(letThrough).toBe(false);
      expect(outcomes).toEqual([
        { kind: 'missing', model: 'dispute' },
        { kind: 'untrusted', model: null, sentence: expect.stringContaining(`${RECORD} was written by no judge`) },
      ]);
    });

    it('refuses the change of a page that the main branch has made a record', async () => {
      const { child } = historyIn(world.folder);
      const record = stringify(recordOf(1));
      await fetched(await mainOf());
      const page = await child(await mainOf(), { 'docs/example.yaml': record });
      const moved = await child(page, { 'docs/example.yaml': null, [RECORD]: record });
      await world.git.run(['push', '--quiet', 'origin', `${moved}:refs/heads/main`]);
      const commit = await child(page, { 'docs/example.yaml': record.replaceAll(digestOf(1), digestOf(3)) });
      const { letThrough, outcomes } = await (await proposed('example', commit)).say();
      expect(letThrough).toBe(false);
      expect(outcomes).toEqual([
        { kind: 'untrusted', model: null, sentence: expect.stringContaining('is a record of the main branch') },
      ]);
    });

    it('tells a conflict with the files and the way out', async () => {
      const { child } = historyIn(world.folder);
      const main = await mainOf();
      const commit = await child(main, { 'docs/k.md': 'mine\n' });
      const theirs = await child(main, { 'docs/k.md': 'theirs\n' });
      const { say: speakOf } = await proposed('late', commit);
      await world.git.run(['push', '--quiet', 'origin', `${theirs}:refs/heads/main`]);
      const { letThrough, obstacles, pullRequest } = await speakOf();
      expect(letThrough).toBe(false);
      expect(obstacles).toEqual([
        {
          kind: 'conflict',
          sentence: expect.stringMatching(/^Merging into main conflicts in docs\/k\.md.*git merge origin\/main/),
        },
      ]);
      expect(pullRequest.checks['signalbox/gates']).toMatchObject({
        ...{ verdict: 'fail', commit, title: 'It conflicts with the main branch' },
      });
      expect(pullRequest.comments).toHaveLength(1);
      expect(pullRequest.comments[0]!.body).toContain('docs/k.md');
    });
  });
});
