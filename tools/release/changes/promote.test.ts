import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createTestWorld,
  digestOf,
  type TestWorld,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { readFileAtCommit, readWorkspaceCommit } from '../../forge/index.js';
import { confirm } from './confirm.js';
import { promote } from './promote.js';
import { rollback } from './rollback.js';

const fileOf = (folder: string, version: number) => `releases/prod/${folder}/${digestOf(version).slice(7)}.yaml`;
const CONFIRMED = { model: 'late', stages: ['canary-1', 'live'], by: 'Grace', since: '2026-11-21' };
const HELD = { model: 'late', reason: 'bad at night', by: 'Grace', since: '2026-11-21' };

let world: TestWorld;
beforeAll(async () => {
  const documents = worldDocuments();
  const canary = documents['releases/strategies/canary.yaml'] as object;
  world = await createTestWorld({
    ...documents,
    'releases/strategies/canary.yaml': { ...canary, confirm: ['canary-1', 'live'] },
    'releases/prod/late.yaml': { version: 2, strategy: 'canary' },
    [fileOf('confirmations', 1)]: CONFIRMED,
    [fileOf('confirmations', 2)]: CONFIRMED,
    [fileOf('confirmations', 3)]: { stages: ['live'] },
    [fileOf('holds', 2)]: HELD,
  });
});
afterAll(() => world.remove());

async function onMain() {
  await world.git.run(['fetch', '--quiet', 'origin', 'main']);
  const { workspace } = await readWorkspaceCommit(world.folder, await world.git.requireCommit('FETCH_HEAD'));
  const { confirmations, holds } = workspace.environments.get('prod')!;
  return { confirmed: [...confirmations.keys()].sort(), held: [...holds.keys()] };
}

const about = () => ({ repo: world.folder, model: 'late', environment: 'prod', merge: true, wallNow: Date.now });

it('a version that is promoted again is confirmed anew, and no other', async () => {
  expect(await onMain()).toEqual({ confirmed: [digestOf(1), digestOf(2)].sort(), held: [digestOf(2)] });
  await promote({ ...about(), version: 2, rePromote: true });
  expect(await onMain()).toEqual({ confirmed: [digestOf(1)], held: [] });
  expect((await confirm(about())).title).toBe('Confirm canary-1 of late version 2 in prod');
});

it('a version that was left is confirmed anew when it is promoted, and what is asked for stays confirmed', async () => {
  await promote({ ...about(), version: 2, fallback: 1, rePromote: false });
  expect((await onMain()).confirmed).toEqual([digestOf(1), digestOf(2)].sort());
  expect(await readFileAtCommit(world.forge, 'main', fileOf('confirmations', 3))).not.toBeNull();
  await promote({ ...about(), version: 3, rePromote: false });
  expect(await readFileAtCommit(world.forge, 'main', fileOf('confirmations', 3))).toBeNull();
  await promote({ ...about(), version: 2, rePromote: false });
  expect((await onMain()).confirmed).toEqual([digestOf(1)]);
});

it('a version is confirmed anew for the stages of another strategy', async () => {
  await confirm(about());
  expect((await onMain()).confirmed).toEqual([digestOf(1), digestOf(2)].sort());
  await promote({ ...about(), version: 2, strategy: 'direct', rePromote: false });
  expect((await onMain()).confirmed).toEqual([digestOf(1)]);
});

it('a version that a rollback leads to, and that never was live, is confirmed anew', async () => {
  await world.git.run(['pull', '--quiet', 'origin', 'main']);
  await world.commit(toYaml({ [fileOf('confirmations', 3)]: CONFIRMED }));
  expect((await onMain()).confirmed).toEqual([digestOf(1), digestOf(3)].sort());
  expect((await rollback({ ...about(), to: 3 })).merged).not.toBeNull();
  expect((await onMain()).confirmed).toEqual([digestOf(1)]);
});

it('a version that is asked for and promoted again has one request, which is gone on with: it changes no file', async () => {
  await world.git.run(['pull', '--quiet', 'origin', 'main']);
  await world.commit(toYaml({ [fileOf('holds', 3)]: HELD }));
  const again = { ...about(), version: 3, rePromote: true, merge: false };
  const { number } = await promote(again);
  expect((await promote(again)).number).toBe(number);
  expect(await promote({ ...again, merge: true })).toMatchObject({ number, merged: expect.any(String) });
});

it('a release whose strategy was mistyped names by a promotion the one by which it goes', async () => {
  const file = 'releases/prod/late.yaml';
  await world.git.run(['pull', '--quiet', 'origin', 'main']);
  const before = (await readFileAtCommit(world.forge, 'main', file))!;
  await world.commit({ [file]: before.replace(/^strategy: .*$/m, 'strategy: canry') });
  await promote({ ...about(), version: 3, rePromote: false });
  expect(await readFileAtCommit(world.forge, 'main', file)).toBe(before);
});
