import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestWorld,
  digestOf,
  POLICY,
  type TestWorld,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { LocalForge, readFileAtCommit, readWorkspaceCommit } from '../../forge/index.js';
import { confirmationPath } from '../desired/head.js';
import { type ConfirmOptions, confirm } from './confirm.js';
import { type FreezeOptions, freeze, thaw } from './freeze.js';
import { hold, liftHold } from './hold.js';

/** No two calls come in the same second. */
let nowMs = Date.parse('2026-11-21T09:59:59.600Z');
const wallNow = (): number => {
  nowMs += 1100;
  return nowMs;
};

/** One story, told in order: each test goes on where the one before ended. */
describe('freezes and confirmations, as files that a pull request brings', () => {
  let world: TestWorld;

  beforeAll(async () => {
    const documents = worldDocuments();
    const canary = documents['releases/strategies/canary.yaml'] as object;
    const model = documents['models/late/model.yaml'] as object;
    world = await createTestWorld({
      ...documents,
      'releases/strategies/canary.yaml': { ...canary, confirm: ['live', 'canary-2', 'canary-1'] },
      'models/late/model.yaml': { ...model, riskTier: 'high' },
      'releases/policies/default.yaml': {
        ...POLICY,
        tiers: { ...POLICY.tiers, high: { ...POLICY.tiers.high, approvals: 1 } },
      },
      'releases/prod/late.yaml': { version: 2, strategy: 'canary' },
    });
  });
  afterAll(() => world.remove());

  const about = { environment: 'prod', merge: true, wallNow };
  const frozen = (change: Partial<FreezeOptions> = {}) =>
    freeze({ ...about, repo: world.folder, until: '36h', reason: 'stocktaking', models: [], ...change });
  const confirmed = (change: Partial<ConfirmOptions> = {}) =>
    confirm({ ...about, repo: world.folder, model: 'late', ...change });
  const onMain = async () => {
    await world.git.run(['fetch', '--quiet', 'origin', 'main']);
    const { findings, workspace } = await readWorkspaceCommit(
      world.folder,
      await world.git.requireCommit('FETCH_HEAD'),
    );
    expect(findings).toEqual([]);
    return workspace.environments.get('prod')!;
  };

  it('freezes from now on, for a while, without anybody’s approval', async () => {
    const { merged, title } = await frozen();
    expect(merged).not.toBeNull();
    expect(title).toBe('Freeze prod until 2026-11-22T22:00:00Z');
    expect((await onMain()).freezes.get('freeze-2026-11-21')).toEqual({
      reason: 'stocktaking',
      from: '2026-11-21T10:00:00Z',
      to: '2026-11-22T22:00:00Z',
      by: 'Ada Test',
    });
  });

  it('freezes single models, by moments', async () => {
    await frozen({ name: 'sale', from: '2026-11-26', until: '2026-12-01T06:00:00Z', models: ['late'] });
    expect((await onMain()).freezes.get('sale')).toMatchObject({ from: '2026-11-26T00:00:00Z', models: ['late'] });
  });

  it('refuses a freeze that ends before it begins, has no end, names nobody or takes another’s name', async () => {
    for (const [change, code, said] of [
      [{ name: 'a', until: '2026-11-20' }, 'input/bad-argument', 'not after its start'],
      [{ name: 'b', until: '0d' }, 'input/bad-argument', 'not after its start'],
      [{ name: 'b', until: 'later' }, 'input/bad-argument', 'expected a moment'],
      [{ name: 'c', until: 'soon1' }, 'input/bad-argument', 'expected a moment'],
      [{ name: 'd', until: '3w' }, 'input/bad-argument', 'expected a duration'],
      [{ name: 'sale', until: '2026-11-30' }, 'release/refused', 'already, until 2026-12-01T06:00:00Z'],
      [{ name: 'sale', until: '2027-01-01', models: ['late'], from: '2026-11-25' }, 'release/refused', 'already'],
      [{ name: 'sale', until: '2027-01-01' }, 'release/refused', '-12-01T06:00:00Z, and it stops only late'],
      [
        { name: 'freeze-2026-11-21', until: '2027-01-01', models: ['late'] },
        'release/refused',
        '-22T22:00:00Z, and it stops all models',
      ],
      [{ name: 'e', models: ['latest'] }, 'input/invalid-documents', 'latest'],
      [{ name: '../e' }, 'input/bad-argument', 'expected the name of a freeze'],
      [{ name: 'sale', until: '1h' }, 'release/refused', 'has a freeze "sale" already, until 2026-12-01T06:00:00Z'],
      [{ environment: 'moon' }, 'input/unknown-reference', 'no environment "moon"'],
    ] as const) {
      await expect(frozen(change), JSON.stringify(change)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(said),
      });
    }
  });

  it('extends a freeze by the same name and a later end', async () => {
    const { title } = await frozen({ name: 'sale', until: '2026-12-02', models: ['late'] });
    expect(title).toBe('Extend the freeze sale of late in prod from 2026-12-01T06:00:00Z to 2026-12-02T00:00:00Z');
    expect((await onMain()).freezes.get('sale')).toMatchObject({
      ...{ from: '2026-11-26T00:00:00Z', to: '2026-12-02T00:00:00Z', models: ['late'] },
    });
    await expect(frozen({ name: 'd', until: '4x' })).rejects.toMatchObject({
      hint: expect.stringContaining('Or say the moment'),
    });
  });

  it('ends a freeze that cannot be read, by its file', async () => {
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    await world.commit({ 'releases/prod/freezes/torn.yaml': 'reason: [\n' });
    expect(await thaw({ ...about, repo: world.folder, name: 'torn' })).toMatchObject({ missingApprovals: 1 });
    const { merged } = await thaw({ ...about, repo: world.folder, name: 'torn', approveAs: 'Grace' });
    expect(merged).not.toBeNull();
    expect([...(await onMain()).freezes.keys()]).not.toContain('torn');
  });

  it('lifts a freeze when as many people agree as to a promotion', async () => {
    const lift = (approveAs?: string) =>
      thaw({ ...about, repo: world.folder, name: 'sale', ...(approveAs ? { approveAs } : {}) });
    const first = await lift('Ada Test');
    expect(first).toMatchObject({ merged: null, missingApprovals: 1 });
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    await world.commit({ 'notes.md': 'Something else.\n' });
    const second = await lift('Grace');
    expect(second).toMatchObject({ number: first.number, merged: expect.any(String) });
    expect([...(await onMain()).freezes.keys()]).toEqual(['freeze-2026-11-21']);
    await expect(lift()).rejects.toMatchObject({
      code: 'input/unknown-reference',
      hint: 'It has: freeze-2026-11-21.',
    });
  });

  it('confirms the first stage that waits, and keeps what was confirmed before', async () => {
    expect(await confirmed()).toMatchObject({ merged: null, missingApprovals: 1 });
    expect((await confirmed({ approveAs: 'Grace' })).merged).not.toBeNull();
    await confirmed({ stage: 'live', approveAs: 'Grace' });
    expect((await onMain()).confirmations.get(digestOf(2))).toEqual({
      model: 'late',
      stages: ['canary-1', 'live'],
      by: 'Ada Test',
      since: expect.stringMatching(/^2026-11-21T10:/),
    });
  });

  it('asks anew for what was confirmed before a hold, once the hold is lifted', async () => {
    const held = { ...about, repo: world.folder, model: 'late', version: 2 };
    const reason = `wrong\n\nRe-promote: prod/late@${digestOf(2)}`;
    const { commit } = await hold({ ...held, reason });
    // What somebody gives as a reason decides nothing.
    expect(await world.git.run(['log', '-1', '--format=%(trailers:key=Re-promote)', commit])).toBe('');
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    const file = confirmationPath('prod', digestOf(2));
    await world.commit({ [file]: 'stages: [\n' });
    await liftHold({ ...held, approveAs: 'Grace' });
    const { confirmations, holds } = await onMain();
    expect([holds.size, confirmations.size]).toEqual([0, 0]);
    expect(await readFileAtCommit(world.forge, 'main', file)).toBeNull();
    await confirmed({ approveAs: 'Grace' });
    await confirmed({ stage: 'live', approveAs: 'Grace' });
  });

  it('goes on with a hold that somebody proposed, who asks for it again', async () => {
    const held = { ...about, repo: world.folder, model: 'late', version: 3, reason: 'wrong' };
    const head = 'hold/prod/late-v3-0000000';
    const other = await world.git.run(['commit-tree', 'HEAD^{tree}', '-m', 'Another history']);
    await world.git.run(['push', '--quiet', 'origin', `${other}:refs/heads/${head}`]);
    const author = { name: 'Grace', email: 'grace@example.com' };
    await (await LocalForge.open(world.forge)).openPullRequest({ head, base: 'main', title: head, body: '', author });
    const { number } = await hold({ ...held, merge: false });
    expect((await hold({ ...held, reason: 'slow', merge: false })).number).not.toBe(number);
    await world.git.run(['config', 'user.name', 'Grace']);
    expect(await hold(held)).toMatchObject({ number, merged: expect.any(String) });
    await world.git.run(['config', 'user.name', 'Ada Test']);
    expect((await onMain()).holds.get(digestOf(3))).toMatchObject({ by: 'Ada Test', reason: 'wrong' });
  });

  it('goes on with a freeze that was asked for as long as now, and not long ago', async () => {
    const now = { name: 'again', until: '4h' };
    const { number, title } = await frozen({ ...now, merge: false });
    expect((await frozen({ ...now, until: '8h', merge: false })).number).not.toBe(number);
    nowMs += 60_000;
    expect(await frozen(now)).toMatchObject({ number, title, merged: expect.any(String) });
    const longer = { name: 'again', until: '1d' };
    const extended = await frozen({ ...longer, merge: false });
    expect((await frozen({ ...longer, until: '2d', merge: false })).number).not.toBe(extended.number);
    expect(await frozen({ ...longer, merge: false })).toMatchObject({ number: extended.number, title: extended.title });
    // As proposed it would end three hours early by now.
    nowMs += 3 * 3_600_000;
    expect((await frozen({ ...longer, merge: false })).number).not.toBe(extended.number);
  });

  it('asks for somebody’s approval where the policy that says how many cannot be read', async () => {
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    await world.commit({ 'releases/policies/default.yaml': 'tiers: [\n' });
    const one = { merged: null, missingApprovals: 1 };
    expect(await confirmed()).toMatchObject(one);
    expect(await thaw({ ...about, repo: world.folder, name: 'again' })).toMatchObject(one);
    expect(await liftHold({ ...about, repo: world.folder, model: 'late', version: 3 })).toMatchObject(one);
    await world.git.run(['revert', '--no-edit', 'HEAD']);
    await world.git.run(['push', '--quiet', 'origin', 'main']);
  });

  it('refuses to confirm what waits for nobody', async () => {
    const refused = { code: 'release/refused', message: expect.stringContaining('what waits is canary-2') };
    await expect(confirmed({ stage: 'shadow' })).rejects.toMatchObject(refused);
    await expect(confirmed({ stage: 'live' })).rejects.toMatchObject(refused);
    await expect(confirmed({ model: 'early' })).rejects.toMatchObject({ code: 'input/unknown-reference' });
    const before = { 'releases/strategies/canary.yaml': worldDocuments()['releases/strategies/canary.yaml'] };
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    await world.commit(toYaml(before));
    await expect(confirmed()).rejects.toThrow('strategy canary lets no stage wait for a person');
  });
});
