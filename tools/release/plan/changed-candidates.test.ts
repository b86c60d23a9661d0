import { parseWorkspace, type Workspace } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { createTestRepository } from '../../../tests/support/git-repository.js';
import { createTestWorld } from '../../../tests/support/release-world.js';
import { sampleRepository } from '../../../tests/support/sample-repository.js';
import { commitTree, runPlumbingLine } from '../../forge/index.js';
import { planBranch } from './branch.js';
import { changedCandidates } from './changed-candidates.js';

const before = sampleRepository();
const parse = (files: ReadonlyMap<string, string>): Workspace => parseWorkspace(files).workspace;

/** The candidates of a change that writes some files over the sample repository; null removes one. */
function after(change: Readonly<Record<string, string | null>>): readonly string[] {
  const files = new Map(before);
  for (const [path, text] of Object.entries(change)) {
    if (text === null) files.delete(path);
    else files.set(path, text);
  }
  return changedCandidates({ before: parse(before), after: parse(files), changedPaths: Object.keys(change) });
}

const edited = (path: string, from: string | RegExp, to: string) => {
  const text = before.get(path)!.replace(from, to);
  expect(text).not.toBe(before.get(path));
  return { [path]: text };
};
const CARD_FRAUD = ['card-fraud'];
const MODEL = 'models/card-fraud/model.yaml';

describe('the candidates of a change', () => {
  it.each([
    ['a version record', { 'models/card-fraud/versions/1.yaml': null }],
    ['a release', { 'releases/prod/card-fraud.yaml': 'version: 1\nstrategy: canary\n' }],
    ['a page for people', { 'models/card-fraud/README.md': 'Changed.' }],
    ['a test of the trainer', { 'models/card-fraud/train.test.ts': 'Changed.' }],
    ['a comment in the model', { [MODEL]: `# A remark.\n${before.get(MODEL)}` }],
    ['a file elsewhere', { 'docs/page.md': 'Changed.' }],
  ])('are none for %s', (_what, change) => {
    expect(after(change)).toEqual([]);
  });

  it.each([
    ['the model', edited(MODEL, /seed: \d+/, 'seed: 4242')],
    ['the trainer', { 'models/card-fraud/train.py': 'Changed.' }],
    ['the packages that are pinned', { 'models/card-fraud/requirements.lock': 'Changed.' }],
  ])('are the model for a change of %s', (_what, change) => {
    expect(after(change)).toEqual(CARD_FRAUD);
  });

  it('are the model for a change of what a feature or the label means', () => {
    const [source = ''] = [...before.keys()].filter((path) => path.startsWith('features/sources/'));
    expect(after(edited(source, /allowedLateness: \S+/, 'allowedLateness: 999h'))).toEqual(CARD_FRAUD);
  });

  it('are the model for a change of its data, where data lies in the repository', () => {
    const [source = ''] = [...before.keys()].filter((path) => path.startsWith('features/sources/'));
    const local = new Map(before).set(
      source,
      before.get(source)!.replace(/path: .*/, 'path: data/2026-*/cards.parquet'),
    );
    const workspace = parse(local);
    const of = (path: string) => changedCandidates({ before: workspace, after: workspace, changedPaths: [path] });
    expect(of('data/2026-03/cards.parquet')).toEqual(CARD_FRAUD);
    expect(of('data/2025-03/cards.parquet')).toEqual([]);
  });

  it('are a model that is new, and not one that is gone or wrong', () => {
    const without = new Map([...before].filter(([path]) => !path.startsWith('models/')));
    const changedPaths = [MODEL];
    expect(changedCandidates({ before: parse(without), after: parse(before), changedPaths })).toEqual(CARD_FRAUD);
    expect(changedCandidates({ before: parse(before), after: parse(without), changedPaths })).toEqual([]);
    const broken = new Map(before).set(MODEL, before.get(MODEL)!.replace('features:', 'feature:'));
    expect(changedCandidates({ before: parse(before), after: parse(broken), changedPaths })).toEqual([]);
  });
});

describe('the plan of a branch', () => {
  it('names the candidates that the branch changes since it left the main branch', async () => {
    const world = await createTestWorld();
    try {
      await world.git.run(['switch', '--quiet', '-c', 'next']);
      await world.commit({ 'releases/prod/late.yaml': 'version: 1\nstrategy: canary\n' });
      expect((await planBranch(world.folder, { base: 'main' })).candidates).toEqual([]);
      await world.commit({ 'models/late/train.py': 'print(1)\n' });
      expect((await planBranch(world.folder, { base: 'main' })).candidates).toEqual(['late']);
      await world.git.run(['switch', '--quiet', 'main']);
      await world.commit({ 'models/late/other.py': 'print(2)\n' });
      await world.git.run(['switch', '--quiet', '-c', 'page', 'main']);
      await world.commit({ 'models/late/README.md': 'Late.\n' });
      expect((await planBranch(world.folder, { base: 'main' })).candidates).toEqual([]);
    } finally {
      await world.remove();
    }
  });

  it('is refused before anything is read, where a few kilobytes of Git are a million files', async () => {
    const world = await createTestRepository();
    try {
      const base = await world.commit({ 'README.md': 'x\n' });
      const line = (args: readonly string[], input = '') => runPlumbingLine(world.folder, args, { input });
      let entry = `100644 blob ${await line(['hash-object', '-w', '--stdin'], 'a: 1\n')}`;
      for (let level = 0; level < 6; level++) {
        const names = Array.from({ length: 10 }, (_, at) => `${entry}\t${at}\n`);
        entry = `040000 tree ${await line(['mktree'], names.join(''))}`;
      }
      const tree = await line(['mktree'], `${entry}\tmodels\n`);
      const revision = await commitTree(world.folder, {
        tree,
        parents: [base],
        message: 'Much',
        author: { name: 'Mallory', email: 'm@example.com' },
      });
      await expect(planBranch(world.folder, { base: 'main', revision })).rejects.toMatchObject({
        code: 'handover/refused',
        message: expect.stringContaining('more than 200,000 files'),
      });
    } finally {
      await world.remove();
    }
  });

  it('does not name a model whose record speaks of all that the commit is made of, until something else comes on top', async () => {
    const world = await createTestWorld();
    const candidates = async () => (await planBranch(world.folder, { base: 'main' })).candidates;
    try {
      const record = await world.git.run(['show', 'main:models/late/versions/1.yaml']);
      const recordOf = (commit: string) => ({
        'models/late/versions/9.yaml': record.replace(/^commit: .*/m, `commit: ${commit}`),
      });
      const main = await world.git.requireCommit('HEAD');
      await world.git.run(['switch', '--quiet', '-c', 'next']);
      await world.commit({ 'models/late/train.py': 'print(1)\n' });
      await world.commit(recordOf(main));
      expect(await candidates()).toEqual(['late']);
      await world.commit(recordOf('0'.repeat(40)));
      expect(await candidates()).toEqual(['late']);
      await world.commit(recordOf(await world.git.requireCommit('HEAD')));
      expect(await candidates()).toEqual([]);
      await world.commit({ 'models/late/train.py': 'print(2)\n' });
      expect(await candidates()).toEqual(['late']);
    } finally {
      await world.remove();
    }
  });
});
