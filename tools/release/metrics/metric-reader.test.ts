import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metric } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { MemoryStore } from '../../../tests/support/memory-world.js';
import { checkouts } from './checkout.js';
import { openMetricReader } from './metric-reader.js';

const COMMAND: Metric = {
  ...{ kind: 'command', description: 'd', better: 'higher', timeout: '20s' },
  command: [process.execPath, 'metrics/size.js'],
};

describe('the reader of metrics', () => {
  let repository: TestRepository;
  let commit = '';
  beforeAll(async () => {
    repository = await createTestRepository();
    await repository.commit({ 'metrics/size.js': 'console.log(process.env.SIGNALBOX_VERSION * 10);', 'old.txt': 'x' });
    commit = await repository.commit({ 'metrics/size.js': 'console.log(process.env.SIGNALBOX_VERSION * 100);' });
    // What lies about in a clone is not what was reviewed.
    await repository.git.run(['checkout', '--quiet', 'HEAD~1']);
  });
  afterAll(() => repository.remove());

  const folder = () => join(repository.folder, '.signalbox', 'metrics');
  const reader = () =>
    openMetricReader({
      ...{ store: new MemoryStore(), prometheus: null, env: { PATH: process.env.PATH } },
      checkout: checkouts(repository.forge, folder()),
    });
  const question = (metrics: Readonly<Record<string, Metric>>) => ({
    ...{ environment: 'prod', model: 'm', serial: 3, commit, fromUs: 0, nowUs: 1 },
    versions: [1, 2].map((version) => ({ version, digest: `sha256:${String(version).repeat(64)}` })),
    metrics: new Map(Object.entries(metrics)),
  });

  it('asks every metric of every version, programs as they are at the head of the main branch', async () => {
    const readings = await reader().read(question({ size: COMMAND }));
    expect([...readings].map(([version, of]) => [version, of.get('size')])).toEqual([
      [1, { kind: 'number', value: 100 }],
      [2, { kind: 'number', value: 200 }],
    ]);
  });

  it('says of a program where none is run that the reconciler reads it, which is no error', async () => {
    const looking = openMetricReader({ store: new MemoryStore(), prometheus: null, env: {}, checkout: null });
    const readings = await looking.read(question({ size: COMMAND }));
    expect(readings.get(1)!.get('size')).toEqual({
      ...{ kind: 'problem', verdict: 'no-data', sentence: 'it is read by the reconciler only.' },
    });
  });

  it('makes a folder of a commit once, however many ask for it, and takes those of earlier days away', async () => {
    const ask = () => checkouts(repository.forge, folder());
    const earlier = await repository.git.requireCommit('HEAD');
    const made = await Promise.all([ask()(earlier), ask()(earlier), ask()(earlier)]);
    expect(new Set(made)).toEqual(new Set([join(folder(), earlier)]));
    const old = new Date(Date.now() - 2 * 86_400_000);
    await utimes(made[0]!, old, old);
    await ask()(commit);
    expect(await readdir(folder())).toEqual([commit]);
    expect((await stat(join(folder(), commit, 'old.txt'))).isFile()).toBe(true);
  });

  it('turns whatever fails into a reading with the reason, of that metric alone', async () => {
    const unknown: Metric = { kind: 'prometheus', description: 'd', better: 'higher', query: 'up{v="{{nobody}}"}' };
    const readings = await reader().read(
      question({
        size: COMMAND,
        unknown,
        outcome: { kind: 'outcome', description: 'd', better: 'lower', value: 'brier' },
      }),
    );
    expect(readings.get(1)!.get('size')).toEqual({ kind: 'number', value: 100 });
    expect(readings.get(1)!.get('unknown')).toMatchObject({
      verdict: 'error',
      sentence: expect.stringContaining('prometheus'),
    });
    expect(readings.get(1)!.get('outcome')).toMatchObject({ verdict: 'no-data' });
  });

  it('says of a commit that is not there that nothing can be read, instead of failing the pass', async () => {
    const readings = await reader().read({ ...question({ size: COMMAND }), commit: 'f'.repeat(40) });
    expect(readings.get(2)!.get('size')).toMatchObject({ kind: 'problem', verdict: 'error' });
  });
});
