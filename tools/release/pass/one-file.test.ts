import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestWorld, podAt, type TestWorld } from '../../../tests/support/release-world.js';
import { rollback } from '../changes/rollback.js';
import { describeStatus } from '../status/describe-status.js';
import { readStatus } from '../status/read.js';
import { openReconciler } from './open-environment.js';
import { runPass } from './pass.js';

const TORN = 'x: [\n';

const records = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`models/aaa/versions/${at + 1}.yaml`, TORN]));

async function passOf({ address }: TestWorld) {
  const { close, tools } = await openReconciler(address);
  const { heldUp, models } = await runPass(tools, null).finally(close);
  const { manifest, reasons } = models.find(({ model }) => model === 'late')!;
  return { heldUp, manifest: manifest!, reasons };
}

describe('what somebody pushes to the main branch', () => {
  let template: TestWorld;
  let world: TestWorld;

  /** Version 1 is live, and version 2 has a tenth of the units by the second manifest. */
  beforeAll(async () => {
    template = await createTestWorld();
    for (const version of [1, 2]) {
      await template.commit({ 'releases/prod/late.yaml': `version: ${version}\nstrategy: canary\n` });
      await passOf(template);
    }
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    world = await template.copy();
  });
  afterEach(() => world.remove());

  it.each([
    ['a lock file of 2 MiB', { 'models/other/conda-lock.yml': `# ${'x'.repeat(2 ** 21)}\n` }],
    ['a record of 2 MiB', { 'models/other/versions/1.yaml': `# ${'x'.repeat(2 ** 21)}\n` }],
    ['a record of colons', { 'models/other/versions/1.yaml': ':\n'.repeat(131_000) }],
    ['a record of dashes', { 'models/other/versions/1.yaml': '- '.repeat(2000) }],
    ['51 records of others, and a release', { ...records(51), 'releases/prod/late.yaml': 'version: 2\nstrategy: [\n' }],
    [
      'a release, and its record together with 51 of others',
      { ...records(51), 'releases/prod/late.yaml': TORN, 'models/late/versions/2.yaml': TORN },
    ],
  ])('keeps no traffic for a candidate that fails: %s', async (_what, files) => {
    await world.report(podAt('pod-1', 2, { 1: [40_000, 60], 2: [4000, 3600] }));
    await world.commit(files);
    expect((await passOf(world)).manifest).toMatchObject({ champion: 1, candidate: null });
  });

  it('stops no rollback, where the release file was a folder once', async () => {
    await world.commit({ 'releases/prod/late.yaml': null });
    await world.commit({ 'releases/prod/late.yaml/x.txt': 'x' });
    await rm(join(world.folder, 'releases/prod/late.yaml'), { recursive: true });
    await world.commit({ 'releases/prod/late.yaml': 'version: 2\nstrategy: canary\n' });
    const about = { repo: world.folder, model: 'late', environment: 'prod', merge: true, wallNow: Date.now };
    expect((await rollback(about)).title).toContain('to version 1');
  });

  it('is told although nothing is to move', async () => {
    await world.commit({ 'releases/prod/late.yaml': 'version: 1\nstrategy: canary\n' });
    await passOf(world);
    const freeze = 'releases/prod/freezes/now.yaml';
    await world.commit({ 'releases/prod/late.yaml': TORN, [freeze]: TORN });
    const { heldUp, manifest, reasons } = await passOf(world);
    expect(manifest).toMatchObject({ champion: 1, candidate: null });
    expect(heldUp).toEqual([expect.stringContaining(`a freeze cannot be read, so it is in force: ${freeze}:2:1`)]);
    const told = expect.stringMatching(/^releases\/prod\/late.yaml:2:1: .*: nothing starts or moves on by it$/);
    expect(reasons).toEqual([told]);
    const { models, notes } = await readStatus(world.address);
    expect(notes).toContainEqual(expect.stringContaining(`in force: ${freeze}:2:1`));
    expect(models.find(({ model }) => model === 'late')!.notes).toEqual([told]);
    expect(describeStatus(await readStatus(world.address))).toContain('releases/prod/late.yaml:2:1');
  });
});
