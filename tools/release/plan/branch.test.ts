import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { crissCross, historyIn } from '../../../tests/support/forked-history.js';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { digestOf, POLICY, recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { GitRepository, runPlumbingLine } from '../../forge/index.js';
import { planCommits } from './branch.js';

const RECORD = 'models/late/versions/4.yaml';
const TRAINER = 'models/late/train.py';
const VIEW = 'features/views/request.yaml';
const POLICIES = 'releases/policies/default.yaml';
const MODEL = 'models/late/model.yaml';
const LATE = worldDocuments()[MODEL] as { readonly training: object };
const CARD = { ...LATE, training: { ...LATE.training, lockFiles: ['requirements.lock'] } };
const TRAINED = 'print(1)\n';

describe('the plan of a merge', () => {
  let world: TestRepository;
  let git: GitRepository;
  let main: string;
  let history: ReturnType<typeof historyIn>;
  beforeAll(async () => {
    world = await createTestRepository();
    const documents = { ...toYaml({ ...worldDocuments(), [MODEL]: CARD }), 'requirements.lock': 'one\n' };
    main = await world.commit({ ...documents, [TRAINER]: TRAINED, 'docs/page.md': 'A page.\n', 'events.csv': 'at\n' });
    git = await GitRepository.open(world.forge);
    history = historyIn(world.forge);
  });
  afterAll(() => world.remove());

  const line = (...args: string[]) => runPlumbingLine(world.forge, args);

  it.each(['tried', 'taken back'] as const)(
    'says what merging brings where there are two merge bases, and the newer is the one in which it was %s',
    async (newer) => {
      const weaker = { ...POLICY, tiers: { ...POLICY.tiers, high: { ...POLICY.tiers.high, approvals: 0 } } };
      const tried = { [RECORD]: stringify(recordOf(4)), [TRAINER]: 'other\n', [POLICIES]: stringify(weaker) };
      const before = { [RECORD]: null, [TRAINER]: TRAINED, [POLICIES]: stringify(POLICY) };
      const { bases, first, second } = await crissCross(world.forge, main, { tried, before, newer });
      expect((await planCommits(git, { base: main, head: first })).changedPaths).toEqual(['docs/k.md', 'docs/l.md']);
      const merged = await history.join(first, [main, first]);
      expect((await line('merge-base', '--all', merged, second)).split('\n')).toEqual(bases);
      const plan = await planCommits(git, { base: merged, head: second });
      expect(plan.changedPaths).toEqual([TRAINER, RECORD, POLICIES]);
      expect(plan.candidates).toEqual(['late']);
      expect(plan.after.policies.get('default')!.tiers.high!.approvals).toBe(0);
      expect(plan.before.policies.get('default')!.tiers.high!.approvals).toBe(2);
    },
  );

  it('says what a change becomes where the base renamed the file, whatever the settings of the machine say', async () => {
    const example = stringify(recordOf(4));
    const from = await history.child(main, { 'docs/example.yaml': example });
    const base = await history.child(from, { 'docs/example.yaml': null, [RECORD]: example });
    const head = await history.child(from, { 'docs/example.yaml': example.replaceAll(digestOf(4), digestOf(9)) });
    await line('config', 'merge.renames', 'false');
    const plan = await planCommits(git, { base, head });
    await line('config', '--unset', 'merge.renames');
    expect(plan.changedPaths).toEqual([RECORD]);
    expect(plan.after.versions.get('late')!.get(4)!.package.digest).toBe(digestOf(9));
  });

  it('is none where the base renamed a folder into which the branch puts a file, whatever the settings say', async () => {
    const pages = { 'docs/a/1.md': 'one\n', 'docs/a/2.md': 'two\n' };
    const from = await history.child(main, pages);
    const moved = { 'docs/b/1.md': 'one\n', 'docs/b/2.md': 'two\n', 'docs/a/1.md': null, 'docs/a/2.md': null };
    const base = await history.child(from, moved);
    const head = await history.child(from, { 'docs/a/3.md': 'three\n' });
    await line('config', 'merge.directoryRenames', 'true');
    await expect(planCommits(git, { base, head })).rejects.toMatchObject({ code: 'git/conflict' });
    await line('config', '--unset', 'merge.directoryRenames');
  });

  it('compares with the base as it is, not as it was where the branch left it', async () => {
    const head = await history.child(main, { 'releases/prod/late.yaml': 'version: 1\nstrategy: canary\n' });
    const base = await history.child(main, { 'releases/strategies/direct.yaml': null });
    const plan = await planCommits(git, { base, head });
    expect(plan.changedPaths).toEqual(['releases/prod/late.yaml']);
    expect(plan.after.strategies.has('direct')).toBe(false);
  });

  it('is none where both changed the same place, or nothing is common', async () => {
    const head = await history.child(main, { [POLICIES]: 'a: 1\n' });
    const base = await history.child(main, { [POLICIES]: 'a: 2\n' });
    await expect(planCommits(git, { base, head, into: 'release' })).rejects.toMatchObject({
      code: 'git/conflict',
      message: `merging into release conflicts in ${POLICIES}`,
      hint: expect.stringContaining('git merge origin/release'),
      paths: [POLICIES],
    });
    const orphan = await history.join(main, []);
    await expect(planCommits(git, { base, head: orphan })).rejects.toMatchObject({
      code: 'input/bad-argument',
      message: expect.stringContaining('no common history'),
    });
  });

  describe('of a model that has its record', () => {
    let judged: string;
    let head: string;
    beforeAll(async () => {
      judged = await history.child(main, { [TRAINER]: 'print(2)\n' });
      head = await history.child(judged, { [RECORD]: stringify(recordOf(4, { commit: judged })) });
    });
    const planned = async (files: Record<string, string | null>) => {
      const { candidates, outdated } = await planCommits(git, { base: await history.child(main, files), head });
      return { candidates, outdated };
    };

    it('has no candidate while the base moves in other places', async () => {
      expect(await planned({})).toEqual({ candidates: [], outdated: [] });
      const elsewhere = {
        'docs/page.md': 'Another page.\n',
        'releases/prod/late.yaml': 'version: 1\nstrategy: canary\n',
      };
      expect(await planned(elsewhere)).toEqual({ candidates: [], outdated: [] });
      expect(await planned({ 'events.csv': 'at,value\n' })).toEqual({ candidates: [], outdated: [] });
      const other = { 'models/late/README.md': 'Late.\n', 'models/late/versions/3.yaml': null };
      expect(await planned(other)).toEqual({ candidates: [], outdated: [] });
      expect(await planned({ [MODEL]: `# A remark.\n${stringify(CARD)}` })).toEqual({ candidates: [], outdated: [] });
    });

    const view = worldDocuments()[VIEW] as object;
    it.each([
      ['its card', { [MODEL]: stringify({ ...CARD, training: { ...CARD.training, seed: 7 } }) }],
      ['a feature', { [VIEW]: stringify({ ...view, features: [{ name: 'value', expression: 'value + 1.0' }] }) }],
      ['its code', { 'models/late/lib.py': 'print(3)\n' }],
      ['its packages', { 'requirements.lock': 'other\n' }],
    ])(
      'has it as a candidate that no verdict at the head is about where the base changed %s too',
      async (_what, files) => {
        expect(await planned(files)).toEqual({ candidates: ['late'], outdated: ['late'] });
      },
    );
  });
});
