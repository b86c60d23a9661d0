import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyIn } from '../../../tests/support/forked-history.js';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { BOT, commitFiles, commitTree, createBranch, runPlumbingLine, saysJust } from '../../forge/index.js';
import { gitOf } from './git.js';

const MESSAGE = 'Promote late\n\nAuto-promotes: prod/late@sha256:0\n';
const FILES = new Map([['late.yaml', 'version: 2\n']]);

describe('the branch of a bot', () => {
  let repository: TestRepository;
  let oldest: string;
  let older: string;
  let main: string;
  let planted = 0;

  beforeAll(async () => {
    repository = await createTestRepository();
    oldest = await repository.commit({ 'late.yaml': 'version: 0\n' });
    older = await repository.commit({ 'late.yaml': 'version: 2\n' });
    await repository.commit({ 'late.yaml': 'version: 1\n' });
    main = await repository.commit({ 'notes.md': 'Meanwhile.\n' });
  });
  afterAll(() => repository.remove());

  const own = { files: FILES, says: (said: string) => saysJust(said, MESSAGE) };
  async function isOwn(tip: string): Promise<boolean> {
    planted += 1;
    await createBranch(repository.forge, `bot-${planted}`, tip);
    return (await gitOf(repository.forge).tipWith(`bot-${planted}`, { ...own, main })) === tip;
  }
  const on = (parent: string, change: object = {}) =>
    commitFiles(repository.forge, { parent, files: FILES, message: MESSAGE, author: BOT, ...change });
  const treeOf = (commit: string) => runPlumbingLine(repository.forge, ['rev-parse', `${commit}^{tree}`]);
  const joined = async (parents: readonly string[]) =>
    commitTree(repository.forge, { tree: await treeOf(await on(main)), parents, message: MESSAGE, author: BOT });

  it('is its own where it is one commit with its words and files, also after the main branch moved', async () => {
    expect(await isOwn(await on(main))).toBe(true);
    expect(await isOwn(await on(`${main}~1`))).toBe(true);
  });

  it('is not where anything else would be merged with it, or nothing at all', async () => {
    const aside = await on(main, { files: new Map() });
    const others = {
      'other words': await on(main, { message: `${MESSAGE}\nRe-promote: prod/late@sha256:0` }),
      'another commit below': await on(aside),
      'a second parent': await joined([main, aside]),
      'another content': await on(main, { files: new Map([['late.yaml', 'version: 9\n']]) }),
      'another file beside': await on(main, { files: new Map([...FILES, ['x', '1']]) }),
      'a parent that has the file already': await joined([older]),
      'a parent that has another text of the file': await on(oldest),
    };
    for (const [what, tip] of Object.entries(others)) expect(await isOwn(tip), what).toBe(false);
    await createBranch(repository.forge, 'empty', await on(older));
    expect(await gitOf(repository.forge).tipWith('empty', { ...own, main: older })).toBeNull();
    expect(await gitOf(repository.forge).tipWith('nowhere', { ...own, main })).toBeNull();
  });

  it('is not where the main branch has changed the file since, and changed it back', async () => {
    const before = await on(main);
    await repository.commit({ 'late.yaml': 'version: 2\n' });
    const back = await repository.commit({ 'late.yaml': 'version: 1\n' });
    await createBranch(repository.forge, 'before', before);
    expect(await gitOf(repository.forge).tipWith('before', { ...own, main: back })).toBeNull();
    await createBranch(repository.forge, 'since', await on(back));
    const later = await repository.commit({ 'notes.md': 'Later.\n' });
    expect(await gitOf(repository.forge).tipWith('since', { ...own, main: later })).not.toBeNull();
  });

  it('is its own where the main branch went on as the second parent of a merge, unless that has changed the file', async () => {
    const { child, join } = historyIn(repository.forge);
    const git = gitOf(repository.forge);
    const changed = await child(main, { 'late.yaml': 'version: 5\n' });
    const tip = await child(changed, { 'later.md': 'Later.\n' });
    await createBranch(repository.forge, 'beside', await on(tip));
    const tipAt = (at: string) => git.tipWith('beside', { ...own, main: at });
    const local = await child(main, { 'notes.md': 'Ada was here.\n' });
    const pulled = await join(await child(tip, { 'notes.md': 'Ada was here.\n' }), [local, tip]);
    // A branch from before brings nothing of the file, wherever it stands in its merge.
    const old = await child(main, { 'old.md': 'Old.\n' });
    const later = await join(await child(pulled, { 'old.md': 'Old.\n' }), [pulled, old]);
    expect(await tipAt(later)).not.toBeNull();
    const held = await child(local, { 'late.yaml': 'version: 2\n' });
    const undone = await child(held, { 'late.yaml': 'version: 1\n' });
    expect(await tipAt(await join(tip, [undone, tip]))).toBeNull();
    expect(await tipAt(await join(tip, [tip, undone]))).toBeNull();
    const there = await child(pulled, { 'late.yaml': 'version: 2\n' });
    expect(await tipAt(await child(there, { 'late.yaml': 'version: 5\n' }))).toBeNull();
  });

  it('has another name where somebody has taken its folder, or a name beneath it', async () => {
    const git = gitOf(repository.forge);
    const names = ['withdraw/prod/late-v2', 'withdraw/prod/late-v2-7'];
    const flat = ['withdraw.prod.late-v2', 'withdraw.prod.late-v2-7'];
    expect(await git.namesFor(names)).toEqual([...names, ...flat]);
    await createBranch(repository.forge, 'withdraw/prod/late-v2/x', main);
    expect(await git.namesFor(names)).toEqual([names[1], ...flat]);
    await runPlumbingLine(repository.forge, ['update-ref', '-d', 'refs/heads/withdraw/prod/late-v2/x']);
    await createBranch(repository.forge, 'withdraw', main);
    expect(await git.namesFor(names)).toEqual(flat);
    await git.commitTo(flat[0]!, { parent: main, files: FILES, message: MESSAGE });
    await createBranch(repository.forge, `${flat[1]}/x`, main);
    expect(await git.namesFor(names)).toEqual([flat[0]]);
  });
});
