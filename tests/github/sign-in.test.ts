import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type GithubClient, githubClient } from '../../tools/forge/index.js';
import { GithubServer } from './server/github-server.js';
import { OWNER, REPO, skipPauses } from './world.js';

const pem = ({ privateKey }: { privateKey: { export(options: object): string | Buffer } }) =>
  String(privateKey.export({ type: 'pkcs1', format: 'pem' }));
const [pair, otherPair] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
const name = { owner: OWNER, repo: REPO };

describe('signing in to GitHub', () => {
  let server: GithubServer;
  beforeEach(() => {
    server = new GithubServer({ ...name, folder: '/nowhere' });
    server.addPerson('ada', 'ghp_ada');
    skipPauses();
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(server.violations).toEqual([]);
  });

  const open = (env: Record<string, string>, where = name) => githubClient(env, where, { fetch: server.fetch });
  const readRepository = ({ call }: GithubClient) =>
    call('read the repository', async ({ rest }) => (await rest.repos.get(name)).data.full_name);
  const appEnv = { SIGNALBOX_APP_ID: '77', SIGNALBOX_APP_KEY: pem(pair!) };

  it('as an App looks its installation up, and speaks and pushes with a token of it', async () => {
    server.addApp({ id: 77, slug: 'signalbox-flights', publicKey: pair!.publicKey });
    const client = await open(appEnv);
    expect(await readRepository(client)).toBe('ada/flights');
    expect([client.expectedAppId, await client.login()]).toEqual([77, 'signalbox-flights[bot]']);
    expect(await client.token()).toMatch(/^ghs_/);
    const lookups = server.answered.filter((one) => one.startsWith('apps/'));
    expect(lookups).toEqual([
      'apps/get-repo-installation 200',
      'apps/create-installation-access-token 201',
      'apps/get-authenticated 200',
    ]);
  });

  it('takes a key that stands in one line', async () => {
    server.addApp({ id: 77, slug: 'signalbox-flights', publicKey: pair!.publicKey });
    const client = await open({ ...appEnv, SIGNALBOX_APP_KEY: pem(pair!).replaceAll('\n', '\\n') });
    expect(await readRepository(client)).toBe('ada/flights');
  });

  it('as an App that is not installed, or with the key of another, fails with what to do', async () => {
    server.addApp({ id: 77, slug: 'signalbox-flights', publicKey: pair!.publicKey }, false);
    await expect(readRepository(await open(appEnv))).rejects.toMatchObject({
      code: 'input/unknown-reference',
      hint: expect.stringContaining('Is the App installed on the repository?'),
    });
    const other = await open({ ...appEnv, SIGNALBOX_APP_KEY: pem(otherPair!) });
    await expect(other.token()).rejects.toMatchObject({ code: 'forge/unauthorized' });
  });

  it('as an App looks again when the first look failed', async () => {
    server.addApp({ id: 77, slug: 'signalbox-flights', publicKey: pair!.publicKey });
    const client = await open(appEnv);
    server.faults.push({ does: 'cut', times: 4 });
    await expect(readRepository(client)).rejects.toMatchObject({ code: 'forge/unavailable' });
    expect(await readRepository(client)).toBe('ada/flights');
  });

  it("as a person is the person, and a workflow's token is the bot of all workflows", async () => {
    server.state.accounts.set('ghs_workflow', { login: 'github-actions[bot]', type: 'Bot', appId: 15_368 });
    expect(await (await open({ GITHUB_TOKEN: 'ghp_ada' })).login()).toBe('ada');
    expect(await (await open({ GITHUB_TOKEN: 'ghs_workflow' })).login()).toBe('github-actions[bot]');
  });

  it('asks again who it is, when the first answer was a failure', async () => {
    const client = await open({ GITHUB_TOKEN: 'ghp_ada' });
    server.faults.push({ does: { status: 401, message: 'Bad credentials' } });
    await expect(client.login()).rejects.toMatchObject({ code: 'forge/unauthorized' });
    expect([await client.login(), await client.login()]).toEqual(['ada', 'ada']);
    expect(server.answered).toHaveLength(2);
  });

  it('speaks to an Enterprise server by its own address', async () => {
    const api = 'https://ghe.example.com/api/v3';
    server = new GithubServer({ ...name, folder: '/nowhere' }, api);
    server.addPerson('ada', 'ghp_ada');
    const env = { GITHUB_TOKEN: 'ghp_ada', GITHUB_SERVER_URL: 'https://ghe.example.com', GITHUB_API_URL: `${api}/` };
    expect(await readRepository(await open(env))).toBe('ada/flights');
  });
});
