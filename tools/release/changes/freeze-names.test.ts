import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestWorld, type TestWorld, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { type FreezeOptions, freeze } from './freeze.js';

let world: TestWorld;
let now = '';

beforeAll(async () => {
  const documents = worldDocuments();
  world = await createTestWorld({ ...documents, 'models/early/model.yaml': documents['models/late/model.yaml'] });
});
afterAll(() => world.remove());

const frozenAt = (time: string, change: Partial<FreezeOptions> = {}) => {
  now = `2026-11-21T${time}:00Z`;
  const about = { repo: world.folder, environment: 'prod', merge: true, wallNow: () => Date.parse(now) };
  return freeze({ ...about, until: '1h', reason: 'incident', models: [], ...change });
};
const branchAt = async (...call: Parameters<typeof frozenAt>) =>
  (await frozenAt(...call)).branch.replace(/-[0-9a-f]{7}$/, '');

it('a freeze without a name extends only what stops the same models now, and takes a free name else', async () => {
  const day = 'freeze/prod/freeze-2026-11-21';
  expect(await branchAt('08:00', { models: ['early', 'late'] })).toBe(day);
  expect(await branchAt('08:10', { models: ['late', 'early'], until: '4h' })).toBe(day);
  const all = await frozenAt('08:20');
  expect([all.branch, all.title]).toEqual([
    expect.stringContaining(`${day}-2-`),
    expect.stringMatching(/^Freeze prod/),
  ]);
  const longer = await frozenAt('08:30', { until: '4h' });
  expect(longer.branch).toContain(`${day}-2-`);
  expect(longer.title).toMatch(/^Extend the freeze freeze-2026-11-21-2 of prod from 2026-11-21T09:20:00Z /);
  await expect(frozenAt('08:40')).rejects.toThrow('has a freeze "freeze-2026-11-21-2" already, until');
  expect(await branchAt('14:00', { from: '2026-11-21T20:00:00Z' })).toBe(`${day}-3`);
  await world.git.run(['pull', '--quiet', 'origin', 'main']);
  await world.commit({ 'releases/prod/freezes/freeze-2026-11-21-4.yaml': 'reason: [\n' });
  expect(await branchAt('14:10')).toBe(`${day}-5`);
});

it('a freeze that cannot be read is not written over, which would lift it', async () => {
  await world.git.run(['pull', '--quiet', 'origin', 'main']);
  await world.commit(toYaml({ 'releases/prod/freezes/torn.yaml': { reason: 'x' } }));
  await expect(frozenAt('15:00', { name: 'torn', models: ['late'] })).rejects.toMatchObject({
    code: 'release/refused',
    message: expect.stringContaining('the freeze "torn" of prod cannot be read, so it stops everything already'),
    hint: expect.stringContaining('signalbox freeze --env prod --lift torn'),
  });
});
