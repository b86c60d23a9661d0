import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { crissCross, historyIn } from '../../../tests/support/forked-history.js';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { digestOf, POLICY, recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { GitRepository, runPlumbingLine } from '../../forge/index.js';
import { type CommitPlan, planCommits } from './branch.js';

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

  it('goes by no attribute of what is checked out or of the main branch, which could join what conflicts', async () => {
    const copy = await world.copy();
    const union = {
      '.gitattributes': '*.yaml merge=union\n',
      'releases/prod/late.yaml': 'version: 1\nstrategy: direct\n',
    };
    const from = await copy.commit(union);
    const other = historyIn(copy.forge);
    const [base, head] = await Promise.all(
      [2, 3].map((version) =>
        other.child(from, { 'releases/prod/late.yaml': `version: ${version}\nstrategy: direct\n` }),
      ),
    );
    await copy.git.run(['fetch', '--quiet', 'origin', base!, head!]);
    const trace = join(copy.folder, '..', 'trace');
    vi.stubEnv('GIT_TRACE2', trace);
    for (const folder of [copy.folder, copy.forge]) {
      const planned = planCommits(await GitRepository.open(folder), { base: base!, head: head! });
      await expect(planned).rejects.toMatchObject({ code: 'git/conflict' });
    }
    vi.unstubAllEnvs();
    // Only some versions of Git read those of HEAD in a bare repository; this one may be none of them.
    const merges = (await readFile(trace, 'utf8')).split('\n').filter((said) => /start .*merge-tree/.test(said));
    expect(merges).toHaveLength(2);
    for (const one of merges) expect(one).toContain('attr.tree=4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    await copy.remove();
  });

  it('says of a clone that lacks older commits how to get them', async () => {
    const [base, head] = await Promise.all(['1', '2'].map((text) => history.child(main, { 'docs/page.md': text })));
    const shallow = await mkdtemp(join(tmpdir(), 'shallow-'));
    await line('init', '--quiet', '--bare', shallow);
    await line('-C', shallow, 'fetch', '--quiet', '--depth', '1', `file://${world.forge}`, base!, head!);
    const planned = planCommits(await GitRepository.open(shallow), { base: base!, head: head! });
    await expect(planned).rejects.toMatchObject({
      code: 'input/bad-argument',
      message: expect.stringContaining('have no common history in this clone, which lacks older commits'),
      hint: expect.stringContaining('git fetch --unshallow'),
    });
    await rm(shallow, { recursive: true });
  });

  describe('where a document is wrong', () => {
    const RELEASE = 'releases/prod/late.yaml';
    const release = (version: number) => `version: ${version}\nstrategy: canary\n`;
    const OTHER = 'releases/strategies/direct.yaml';
    const files = ({ findings, standingFindings }: CommitPlan) =>
      [findings, standingFindings].map((all) => [...new Set(all.map(({ place }) => place.file))]);
    const planned = async (base: string, changes: Record<string, string | null>) =>
      files(await planCommits(git, { base, head: await history.child(base, changes) }));

    it('of the base, and the change leaves it alone, tells it apart: going back needs no other document in order', async () => {
      const broken = await history.child(main, { [RELEASE]: release(2), [OTHER]: 'analysis: [\n' });
      expect(await planned(broken, { [RELEASE]: release(1) })).toEqual([[], [OTHER]]);
      expect(await planned(broken, { [OTHER]: 'analysis: {\n' })).toEqual([[OTHER], []]);
      expect(await planned(broken, { [OTHER]: stringify(worldDocuments()[OTHER]) })).toEqual([[], []]);
    });

    it('of the base, and going back relies on it again: what it holds back then is no error of the change', async () => {
      const [CANARY, METRIC] = ['releases/strategies/canary.yaml', 'releases/metrics/queue.yaml'];
      const canary = worldDocuments()[CANARY] as { analysis: object };
      const byQueue = { ...canary, analysis: { ...canary.analysis, metrics: [{ metric: 'queue', max: 5 }] } };
      const wrong = { [METRIC]: 'kind: prometheus\n', [CANARY]: stringify(byQueue) };
      const broken = await history.child(main, { [RELEASE]: 'version: 2\nstrategy: direct\n', ...wrong });
      expect(await planned(broken, { [RELEASE]: release(1) })).toEqual([[], [METRIC]]);
    });

    it('by the change, does not tell it apart, also where that is in another file', async () => {
      const asked = await history.child(main, { [RELEASE]: release(2) });
      const [findings] = await planned(asked, { 'releases/strategies/canary.yaml': null });
      expect(findings).toContain(RELEASE);
      expect(await planned(main, { [RELEASE]: 'version: [\n' })).toEqual([[RELEASE], []]);
    });
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
