import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git, type Running, signalbox, signalboxHere, signalboxJson, startSignalbox } from './command.js';

interface Answer {
  readonly prediction: number;
  readonly version: number;
  readonly degraded: string | null;
  readonly features: Readonly<Record<string, { readonly value: number | null }>>;
}

describe('a repository of one’s own', () => {
  let folder: string;
  let repo: string;
  const running: Running[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-init-'));
    repo = join(folder, 'my-models');
  });
  afterAll(async () => {
    for (const each of running) await each.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is made whole: one commit, no private key in it, a public root in it', async () => {
    expect(await signalbox(folder, 'init', 'my-models')).toMatchObject({ code: 0 });
    expect(await git(repo, 'status', '--porcelain')).toBe('');
    expect(await git(repo, 'rev-list', '--count', 'HEAD')).toBe('1');
    const files = (await git(repo, 'ls-files')).split('\n');
    expect(files).toContain('releases/prod/root.json');
    expect(files.filter((file) => /\.pem$|\.signalbox|node_modules/.test(file))).toEqual([]);
    expect(await readdir(folder)).toEqual(['my-models']);
  });

  it('is refused where something lies already, and leaves that alone', async () => {
    const { code, stderr } = await signalboxHere(folder, 'init', 'my-models');
    expect(code).toBe(2);
    expect(stderr).toContain('is not empty');
    expect(await git(repo, 'rev-list', '--count', 'HEAD')).toBe('1');
  });

  it('validates, and says where a mistake is', async () => {
    expect(await signalboxJson(repo, 'validate')).toMatchObject({ valid: true });
    const path = join(repo, 'features/views/merchant_history.yaml');
    const good = await readFile(path, 'utf8');
    await writeFile(path, good.replace('source: payments', 'source: payment'));
    const { code, stderr } = await signalboxHere(repo, 'validate');
    await writeFile(path, good);
    expect(code).toBe(2);
    expect(stderr).toMatch(/features\/views\/merchant_history\.yaml:4:\d+ .*payment/);
  });

  it('proposes, promotes, publishes and serves its first version, and answers by its own features', async () => {
    await git(repo, 'switch', '--quiet', '-c', 'first-version');
    const proposed = await signalboxJson<{ version: number; letThrough: boolean }>(repo, 'propose', 'dispute');
    expect(proposed).toMatchObject({ version: 1, letThrough: true });
    await git(repo, 'switch', '--quiet', 'main');
    await git(repo, 'merge', '--quiet', '--no-ff', '-m', 'Merge the first version', 'first-version');
    await git(repo, 'push', '--quiet');
    const release = ['--env', 'prod', '--version', '1', '--merge'];
    const promoted = await signalboxJson<{ merged: string | null }>(repo, 'promote', 'dispute', ...release);
    expect(promoted.merged).toMatch(/^[0-9a-f]{40}$/);
    await git(repo, 'pull', '--quiet', '--ff-only');
    // The commit that the README's way back reverts is a merge, and it is this release.
    const released = ['log', '-1', '--first-parent', '--format=%H %P', '--', 'releases/prod/dispute.yaml'];
    const [commit, ...parents] = (await git(repo, ...released)).trim().split(' ');
    expect(commit).toBe(promoted.merged);
    expect(parents).toHaveLength(2);
    await signalboxJson(repo, 'reconcile', '--env', 'prod');
    await signalboxJson(repo, 'materialize', '--env', 'prod', '--backfill', 'dispute@1');

    const pod = startSignalbox(repo, ['serve', '--env', 'prod', '--port', '0']);
    running.push(pod);
    const address = await pod.saw(/"listening":"([^"]+)"/);
    await expect.poll(async () => (await fetch(`${address}/readyz`)).status, { timeout: 10_000 }).toBe(200);
    const answer = await predict(address, { merchant: 'm07', customer: 'c042' });
    expect(answer).toMatchObject({ version: 1, degraded: null });
    expect(answer.prediction).toBeGreaterThan(0);
    expect(answer.prediction).toBeLessThan(1);
    expect(answer.features['merchant_history.count_30d']?.value).toBeGreaterThan(0);
    expect(await pod.stop()).toBe(143);
  });

  async function predict(address: string, entities: Record<string, string>): Promise<Answer> {
    const response = await fetch(`${address}/v1/models/dispute/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ entities, request: { amount: 49.9 }, include: ['features'] }),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }
});
