import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBranch } from '../../tools/forge/create-branch.js';
import { BOT, commitFiles, type Forge, openForge, runPlumbingLine } from '../../tools/forge/index.js';
import type { TestRepository } from '../support/git-repository.js';
import type { GithubServer } from './server/github-server.js';
import { listen } from './server/listen.js';
import { ADA_TOKEN, createTemplate, OWNER, REPO, serverOn } from './world.js';

/** As a person has it: a clone whose origin is an address, a token in the environment, and requests through sockets. */
describe('a clone of a repository on GitHub', () => {
  let repository: TestRepository;
  let server: GithubServer;
  let listening: Awaited<ReturnType<typeof listen>>;

  beforeAll(async () => {
    repository = await createTemplate();
  });
  afterAll(() => repository.remove());
  beforeEach(async () => {
    server = serverOn(repository);
    listening = await listen(server);
    await repository.git.run(['remote', 'set-url', 'origin', `${listening.address}/${OWNER}/${REPO}.git`]);
  });
  afterEach(async () => {
    await listening.close();
    expect(server.violations).toEqual([]);
  });

  const open = (token = ADA_TOKEN): Promise<Forge> => {
    const address = { GITHUB_SERVER_URL: listening.address, GITHUB_API_URL: listening.address };
    return openForge(repository.git, Date.now, { SIGNALBOX_GITHUB_TOKEN: token, ...address });
  };

  const tipOfMain = () => runPlumbingLine(repository.forge, ['rev-parse', 'main']);

  it('is read by a mirror, and takes branches and pull requests', async () => {
    const forge = await open();
    expect([forge.kind, forge.address]).toEqual(['github', `${listening.address}/${OWNER}/${REPO}.git`]);
    const main = await forge.headOf('main');
    expect(await runPlumbingLine(forge.repository, ['rev-parse', 'refs/heads/main'])).toBe(main);
    const files = new Map([['d.yaml', 'd: 1\n']]);
    const made = await commitFiles(forge.repository, { parent: main, files, message: 'D', author: BOT });
    await createBranch(forge.repository, 'bot', made);
    await forge.publishBranch('bot');
    const opened = await forge.openPullRequest({ head: 'bot', base: 'main', title: 'D', body: '', author: BOT });
    expect([opened.author, await forge.headOf('bot')]).toEqual(['ada', made]);
  });

  it('writes its token into no file', async () => {
    const forge = await open();
    await forge.sync();
    const files = await readdir(join(repository.folder, '.signalbox'), { recursive: true, withFileTypes: true });
    const texts = files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'latin1'));
    const secrets = [ADA_TOKEN, Buffer.from(`x-access-token:${ADA_TOKEN}`).toString('base64')];
    const found = (await Promise.all(texts)).filter((text) => secrets.some((secret) => text.includes(secret)));
    expect(found).toEqual([]);
  });

  it('says so when Git is not let in and when nobody is there, and then reads on what it has', async () => {
    await expect(open('ghp_wrong')).rejects.toMatchObject({ code: 'forge/unauthorized' });
    const forge = await open();
    await listening.close();
    await expect(forge.sync()).rejects.toMatchObject({ code: 'forge/unavailable', retryable: true });
    const offline = await open();
    expect(await runPlumbingLine(offline.repository, ['rev-parse', 'main'])).toBe(await tipOfMain());
    await rm(offline.repository, { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: 'forge/unavailable' });
  });

  it('whose connection is cut is asked again', async () => {
    const forge = await open();
    server.faults.push({ does: 'cut' });
    expect(await forge.headOf('main')).toMatch(/^[0-9a-f]{40}$/);
    expect(server.answered).toEqual(['git/get-ref cut', 'git/get-ref 200']);
  });
});
