import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { commitFiles, runPlumbingLine } from '../../tools/forge/index.js';
import {
  hold,
  openReconciler,
  type PassResult,
  promote,
  type RollbackOptions,
  rollback,
  runPass,
} from '../../tools/release/index.js';
import { createTestWorld, POLICY, podAt, type TestWorld, toYaml } from '../support/release-world.js';
import type { GithubServer } from './server/github-server.js';
import { ADA_TOKEN, APP_ID, APP_TOKEN, clientOf, GRACE_TOKEN, OWNER, REPO, serverOn } from './world.js';

const ADDRESS = `https://github.com/${OWNER}/${REPO}.git`;

/** How long a read of the store may take: the one timer of a pass that must not pass at once. */
const STORE_TIMEOUT_MS = 10_000;

function skipShortPauses(): void {
  const real = globalThis.setTimeout;
  const skipping = (run: () => void, ms?: number) => real(run, ms === STORE_TIMEOUT_MS ? ms : 0);
  vi.stubGlobal('setTimeout', Object.assign(skipping, real));
}

/** One story, told in order, by the verbs and passes that people run: only the address of the clone and the token are GitHub's. */
describe('a release whose forge is GitHub', () => {
  let world: TestWorld;
  let server: GithubServer;

  let about: Pick<RollbackOptions, 'repo' | 'model' | 'environment' | 'wallNow'>;

  beforeAll(async () => {
    world = await createTestWorld();
    about = { repo: world.folder, model: 'late', environment: 'prod', wallNow: Date.now };
    server = serverOn(world);
    await world.git.run(['remote', 'set-url', 'origin', ADDRESS]);
    const rewrite = { GIT_CONFIG_KEY_0: `url.${world.forge}.insteadOf`, GIT_CONFIG_VALUE_0: ADDRESS };
    const signIn = { SIGNALBOX_GITHUB_TOKEN: APP_TOKEN, SIGNALBOX_APP_ID: String(APP_ID) };
    const env = { GIT_CONFIG_COUNT: '1', ...rewrite, ...signIn, GITHUB_SERVER_URL: '', GITHUB_API_URL: '' };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    vi.stubGlobal('fetch', server.fetch);
    skipShortPauses();
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
    await world.remove();
  });

  /** As a process of its own would make it. */
  async function pass(): Promise<PassResult> {
    const { close, tools } = await openReconciler(world.address);
    return runPass(tools, null).finally(close);
  }
  interface Said {
    readonly number: number;
    readonly commit: string;
    readonly event: 'APPROVE' | 'REQUEST_CHANGES';
  }
  async function reviewedBy(token: string, { commit, event, number }: Said): Promise<void> {
    const client = await clientOf(server, token);
    const review = { owner: OWNER, repo: REPO, pull_number: number, event, body: 'Hm.', commit_id: commit } as const;
    await client.call('review', ({ rest }) => rest.pulls.createReview(review));
  }
  const promoted = (version: number) =>
    promote({
      ...{ repo: world.folder, model: 'late', environment: 'prod', version, strategy: 'canary' },
      ...{ merge: true, rePromote: false, wallNow: Date.now },
    });

  it('is promoted by a pull request that says what it does, is merged there, and published', async () => {
    const { merged, number } = await promoted(1);
    const { pulls } = server.state.repository;
    expect([number, pulls.length, pulls[0]!.mergeCommit]).toEqual([1, 1, merged]);
    expect(pulls[0]!.body).toContain('late');
    const { models } = await pass();
    expect(models[0]).toMatchObject({ changed: true, manifest: { champion: 1, commit: merged } });
  });

  it('is taken back by one pull request of the App when live traffic rejects it', async () => {
    await promoted(2);
    const { models } = await pass();
    await world.report(podAt('pod-1', models[0]!.manifest!.serial, { 1: [900, 0], 2: [50, 20] }));
    const { models: after, withdrawals } = await pass();
    expect(after[0]!.manifest).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'rejected' } });
    expect(withdrawals).toEqual([{ model: 'late', version: 2, number: 3, state: 'open', problem: null }]);
    expect((await pass()).withdrawals).toEqual(withdrawals);
    const [, , withdrawal] = server.state.repository.pulls;
    expect(withdrawal).toMatchObject({ head: 'withdraw/prod/late-v2', user: { login: 'github-actions[bot]' } });
    expect([server.state.repository.pulls.length, server.violations]).toEqual([3, []]);
  });

  it('is rolled back by a button when others agree than whoever pressed it, for whom the App asks', async () => {
    const low = { ...POLICY.tiers.low, rollbackApprovals: 1 };
    const policy = { ...POLICY, tiers: { ...POLICY.tiers, low } };
    const parent = await runPlumbingLine(world.forge, ['rev-parse', 'refs/heads/main']);
    const files = new Map(Object.entries(toYaml({ 'releases/policies/default.yaml': policy })));
    const author = { name: 'Ada Test', email: 'ada@example.com' };
    const asking = await commitFiles(world.forge, { parent, files, message: 'Ask somebody', author });
    await runPlumbingLine(world.forge, ['update-ref', 'refs/heads/main', asking]);
    let proposed = '';
    const pressedBy = async (name: string, again = name) => {
      vi.stubEnv('GIT_AUTHOR_NAME', name);
      vi.stubEnv('GIT_COMMITTER_NAME', again);
      const { commit, missingApprovals, number } = await rollback({ ...about, merge: false });
      proposed = commit;
      return { missingApprovals, number };
    };
    server.addPerson('edsger', 'ghp_edsger');
    const { missingApprovals, number } = await pressedBy('grace', 'edsger');
    expect([missingApprovals, server.state.repository.pulls.at(-1)]).toMatchObject([
      1,
      { number, user: { login: 'github-actions[bot]' } },
    ]);
    await reviewedBy(GRACE_TOKEN, { number, commit: proposed, event: 'APPROVE' });
    expect(await pressedBy('grace')).toEqual({ missingApprovals: 1, number });
    // Who ran again what another one started has asked as well.
    await reviewedBy('ghp_edsger', { number, commit: proposed, event: 'APPROVE' });
    expect(await pressedBy('grace')).toEqual({ missingApprovals: 1, number });
    await reviewedBy(ADA_TOKEN, { number, commit: proposed, event: 'APPROVE' });
    expect(await pressedBy('grace')).toEqual({ missingApprovals: 0, number });
    // Neither of those who asked is another.
    expect(await pressedBy('ada')).toEqual({ missingApprovals: 1, number });
    expect(await pressedBy('grace', 'ada')).toEqual({ missingApprovals: 1, number });
    vi.stubEnv('GIT_COMMITTER_NAME', 'grace');
    await reviewedBy('ghp_edsger', { number, commit: proposed, event: 'REQUEST_CHANGES' });
    const merged = await rollback({ ...about, merge: true });
    expect(merged).toMatchObject({ number, objection: null, merged: expect.any(String) });
  });

  it('is rolled back by a workflow that names who started it, and who runs it again', async () => {
    const workflow = new URL('../../.github/workflows/rollback.yml', import.meta.url);
    const { jobs } = parse(await readFile(workflow, 'utf8')) as { jobs: { rollback: { env: object } } };
    expect(jobs.rollback.env).toMatchObject({
      GIT_AUTHOR_NAME: `\${{ github.actor }}`,
      GIT_COMMITTER_NAME: `\${{ github.triggering_actor || github.actor }}`,
    });
  });

  it('is held by a request of its own where the one that was to be gone on with cannot be merged', async () => {
    const { pulls } = server.state.repository;
    const held = (version: number, merge: boolean) => hold({ ...about, version, reason: 'wrong', merge });
    const draft = await held(2, false);
    // Whoever may push can make a draft of any request.
    Object.assign(pulls.at(-1)!, { draft: true });
    const ready = await held(2, true);
    expect([ready.merged, ready.number]).toEqual([expect.any(String), draft.number + 1]);
    const theirs = await held(3, false);
    Object.assign(pulls.at(-1)!, { user: { login: 'mallory', type: 'User' } });
    const does = { status: 405, message: 'Repository rule violations found' };
    server.faults.push({ operation: 'pulls/merge', does });
    const own = await held(3, true);
    expect([own.merged, own.number]).toEqual([expect.any(String), theirs.number + 1]);
    // One's own waits for what it lacks, and is no reason for another one.
    const first = await hold({ ...about, version: 1, reason: 'wrong', merge: false });
    server.faults.push({ operation: 'pulls/merge', does });
    const again = hold({ ...about, version: 1, reason: 'wrong', merge: true });
    await expect(again).rejects.toMatchObject({ code: 'release/refused' });
    expect(pulls.at(-1)!.number).toBe(first.number);
    Object.assign(pulls.at(-1)!, { state: 'closed' });
  });

  it('is promoted by a verb once nobody asks for changes any more', async () => {
    const promotion = { ...about, version: 1, strategy: 'direct', rePromote: false };
    const { commit, number } = await promote({ ...promotion, merge: false });
    await reviewedBy(GRACE_TOKEN, { number, commit, event: 'REQUEST_CHANGES' });
    const stopped = { number, merged: null, objection: 'grace asked for changes' };
    expect(await promote({ ...promotion, merge: true })).toMatchObject(stopped);
    await reviewedBy(GRACE_TOKEN, { number, commit, event: 'APPROVE' });
    expect(await promote({ ...promotion, merge: true })).toMatchObject({ objection: null, merged: expect.any(String) });
  });

  it('goes on serving while GitHub is away, and the pass says that it could not ask', async () => {
    server.faults.push({ does: 'cut', times: Number.POSITIVE_INFINITY });
    vi.stubEnv('GIT_CONFIG_KEY_0', 'url.http://127.0.0.1:9/.insteadOf');
    vi.stubEnv('GIT_CONFIG_VALUE_0', 'https://github.com/');
    const result = await pass();
    expect(result.models[0]!.manifest).toMatchObject({ champion: 1, candidate: null });
    expect(result.heldUp).toEqual([expect.stringContaining('the forge cannot be asked what the main branch is now')]);
  });
});
