import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { crissCross, historyIn } from '../../../tests/support/forked-history.js';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { releaseStory } from '../../../tests/support/release-story.js';
import { digestOf, recordOf } from '../../../tests/support/release-world.js';
import { mergeCommit, runPlumbingLine } from '../../forge/index.js';
import { MainBranch } from './main-branch.js';

const RECORD = 'models/late/versions/2.yaml';
const MALLORY = { name: 'Mallory', email: 'mallory@example.com' };
const ours = stringify(recordOf(2));
const theirs = ours.replaceAll(digestOf(2), digestOf(9));

/** Merges that nobody planned: whatever brought another package to a number, the branch remembers the first one. */
describe('the packages of a number', () => {
  let world: TestRepository;
  let main: string;
  let history: ReturnType<typeof historyIn>;
  beforeAll(async () => {
    world = await createTestRepository();
    main = await world.commit({ [RECORD]: ours });
    history = historyIn(world.forge);
  });
  afterAll(() => world.remove());

  async function packagesAfter(baseCommit: string, headCommit: string): Promise<readonly string[]> {
    await runPlumbingLine(world.forge, ['update-ref', 'refs/heads/main', baseCommit]);
    const merge = { base: 'main', baseCommit, headCommit, message: 'Merge', author: MALLORY };
    const merged = await mergeCommit(world.forge, merge);
    const branch = new MainBranch(world.forge);
    await branch.history(main);
    const bit = await (await branch.history(merged)).packagesOf('late', 2);
    expect(await (await new MainBranch(world.forge).history(merged)).packagesOf('late', 2)).toEqual(bit);
    return bit;
  }
  const both = [digestOf(2), digestOf(9)];

  it('are remembered where a merge changes the record, and where only the merge itself does', async () => {
    const side = await history.child(main, { [RECORD]: theirs });
    const base = await history.child(main, { 'docs/a.md': 'a\n' });
    expect(await packagesAfter(base, side)).toEqual(both);
    const beside = await history.child(main, { 'docs/b.md': 'b\n' });
    const evil = await history.join(side, [main, beside]);
    expect(await packagesAfter(base, evil)).toEqual(both);
  });

  it('are remembered where the record is what a page became, and the page was changed', async () => {
    const page = await history.child(main, { [RECORD]: null, 'docs/example.yaml': ours });
    const moved = await history.child(page, { [RECORD]: ours, 'docs/example.yaml': null });
    const edited = await history.child(page, { 'docs/example.yaml': theirs });
    expect(await packagesAfter(moved, edited)).toEqual(both);
  });

  it('are remembered where a second merge base brings the record', async () => {
    const change = { tried: { [RECORD]: theirs }, before: { [RECORD]: ours }, newer: 'tried' } as const;
    const { first, second } = await crissCross(world.forge, main, change);
    expect(await packagesAfter(await history.join(first, [main, first]), second)).toEqual(both);
  });
});

describe('a record that a merge nobody planned has changed', () => {
  const story = releaseStory();

  it('starts nothing: neither as the version that is asked for nor as the fallback', async () => {
    const { asked, pass, world } = story;
    await asked(1);
    await pass();
    const { child, join } = historyIn(world.forge);
    const line = (...args: string[]) => runPlumbingLine(world.forge, args);
    const changed = { 'models/late/versions/3.yaml': null, [RECORD]: ours.replaceAll(digestOf(2), digestOf(3)) };
    for (const release of [
      'version: 2\nstrategy: canary\n',
      'version: 1\nstrategy: direct\nfallback: { version: 2 }\n',
    ]) {
      const before = await line('rev-parse', 'refs/heads/main');
      const made = await child(before, { ...changed, 'releases/prod/late.yaml': release });
      await line('update-ref', 'refs/heads/main', await join(made, [before, await child(before, {})]));
      const [late] = (await pass()).models;
      expect(late!.reasons.join('\n')).toContain('a number is never used twice');
      expect(late!.manifest).toMatchObject({ champion: 1, candidate: null, fallback: null });
    }
  });
});
