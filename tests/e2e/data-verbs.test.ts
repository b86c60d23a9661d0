import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signalbox, signalboxHere, signalboxJson } from './command.js';

/** The verbs that read data, on the repository that `init` makes. */
describe('ingest, dataset and features', () => {
  let folder: string;
  let repo: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-data-'));
    repo = join(folder, 'own');
    expect(await signalbox(folder, 'init', 'own')).toMatchObject({ code: 0 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('take a snapshot once, and find it the second time', async () => {
    const ingest = ['ingest', 'payments', '--until', '2100-01-01'];
    const [first] = await signalboxJson<{ cached: boolean; rows: number }[]>(repo, ...ingest);
    expect(first).toMatchObject({ cached: false });
    const { stdout } = await signalboxHere(repo, ...ingest);
    expect(stdout).toMatch(new RegExp(`^payments: ${first!.rows} rows in \\d+ months \\(nothing had changed\\)`));
    expect(stdout).toMatch(/\d+ of \d+ checks passed/);
  });

  it('build the dataset of a period, and copy it out', async () => {
    const out = join(folder, 'evaluation.parquet');
    const { code, stdout } = await signalbox(repo, 'dataset', 'dispute', '--period', 'evaluation', '--out', out);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ labels \([\d.]+ % positive\) with \d+ features/);
    expect((await stat(out)).size).toBeGreaterThan(1000);
    expect(await signalboxJson(repo, 'dataset', 'dispute', '--period', 'evaluation')).toMatchObject({ cached: true });
  });

  it('read features as of a time, and ask for what is missing', async () => {
    const asked = ['features', 'dispute', '--at', '2100-01-01', '--keys', 'merchant=nobody,customer=noone'];
    const answer = await signalboxJson<{ features: { name: string; offline: number | null }[] }>(
      repo,
      ...asked,
      '--request',
      'amount=12.5',
    );
    expect(answer.features).toContainEqual({ name: 'payment_request.amount', offline: 12.5 });
    expect(answer.features).toContainEqual({ name: 'merchant_history.count_7d', offline: 0 });
    expect(answer.features).toContainEqual({ name: 'merchant_history.amount_mean_30d', offline: null });
    const { code, stderr } = await signalboxHere(repo, ...asked);
    expect(code).toBe(2);
    expect(stderr).toContain("the request input 'amount' is missing");
  });

  it('say what is wrong with the data, and record nothing', async () => {
    const [name] = (await readdir(join(repo, 'data'))).filter((file) => file.endsWith('.csv'));
    const before = await readdir(join(repo, '.signalbox/store/snapshots/payments'));
    await writeFile(join(repo, 'data', name!), 'paid_at,merchant\n2026-01-01,x\n');
    const { code, stderr } = await signalboxHere(repo, 'ingest', 'payments');
    expect(code).toBe(2);
    expect(stderr).toContain("there is no column 'customer'");
    expect(await readdir(join(repo, '.signalbox/store/snapshots/payments'))).toEqual(before);
  });
});
