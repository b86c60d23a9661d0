import { digestBytes } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { commitTree } from '../../forge/commit-files.js';
import { commitFiles, GitRepository, runPlumbing } from '../../forge/index.js';
import { mergeWords } from '../../forge/merge-commit.js';
import { nextVersionNumber } from '../../registry/version-number.js';
import { confirmationPath, holdPath } from '../desired/head.js';
import { emergencyEnd, letsCount, MainBranch, repromotion } from './main-branch.js';

const author = { name: 'Ada Test', email: 'ada@example.com' };
const DIGEST = digestBytes('a package');
const AGAIN = repromotion('prod', 'late', DIGEST);
const ENDED = emergencyEnd('prod', 'late', 7);
const TRAILER = `Re-promote: ${AGAIN}`;
const RELEASE = 'releases/prod/late.yaml';

describe('what a trailer came to the main branch with', () => {
  const counts = (...paths: string[]) => letsCount({ key: 'Re-promote', value: AGAIN }, paths);
  const ends = (...paths: string[]) => letsCount({ key: 'End-emergency', value: ENDED }, paths);

  it('lets a re-promotion count when it is about that version’s release, hold or confirmation, or nothing at all', () => {
    const own = [RELEASE, holdPath('prod', DIGEST), confirmationPath('prod', DIGEST)];
    for (const path of own) expect(counts('README.md', path)).toBe(true);
    expect(counts()).toBe(true);
    const others = [
      'README.md',
      'releases/prod/other.yaml',
      'releases/staging/late.yaml',
      'releases/prod/late.yaml.md',
    ];
    expect(counts(...others, holdPath('prod', digestBytes('another')), holdPath('staging', DIGEST))).toBe(false);
  });

  it('lets the end of an emergency count when it is about the environment, or nothing at all', () => {
    expect([ends('releases/prod/environment.yaml'), ends(RELEASE), ends()]).toEqual([true, true, true]);
    expect([ends('README.md'), ends('releases/prod2/late.yaml'), ends('releases/prod')]).toEqual([false, false, false]);
  });

  it('is of no use to what names nothing', () => {
    for (const value of ['late', 'prod/late', '@7', 'a/b/c@7']) {
      expect(letsCount({ key: 'End-emergency', value }, [])).toBe(false);
    }
  });
});

describe('a pull request', () => {
  let repository: TestRepository;
  let since: string;

  beforeAll(async () => {
    repository = await createTestRepository();
    since = await repository.commit({ [RELEASE]: 'version: 1\n', 'README.md': 'One.\n' });
  });
  afterAll(() => repository.remove());

  const commit = (parent: string, files: Readonly<Record<string, string>>, message: string) =>
    commitFiles(repository.forge, { parent, files: new Map(Object.entries(files)), message, author });
  const empty = (parent: string, message: string) => merge([parent], message);
  /** A merge that takes the tree of one of its parents. */
  const merge = (parents: readonly string[], message: string, tree = parents.at(-1)!) =>
    commitTree(repository.forge, { tree: `${tree}^{tree}`, parents, message, author });
  const heard = (head: string, span: { since: string; left?: readonly string[] } = { since }) =>
    new MainBranch(repository.forge).saysSince('Re-promote', AGAIN, { ...span, head });
  const says = async (head: string) => (await heard(head)) === true;
  const ends = async (head: string) =>
    (await new MainBranch(repository.forge).saysSince('End-emergency', ENDED, { since, head })) === true;
  const merged = async (tip: string, message = 'Merge it') => says(await merge([since, tip], message));

  it('of documentation promotes nothing again by its title, whoever merges it', async () => {
    const docs = await commit(since, { 'README.md': 'Two.\n' }, 'Correct a word');
    expect(await merged(docs, `Merge pull request #2 from docs\n\n${TRAILER}`)).toBe(false);
    expect(await merged(docs, `Merge pull request #2 from docs\n\n${mergeWords({ number: 2, title: TRAILER })}`)).toBe(
      false,
    );
    const ended = await merge([since, docs], `Merge it\n\nEnd-emergency: ${ENDED}`);
    expect(await ends(ended)).toBe(false);
  });

  it('promotes nothing by its title where it changes the release, or nothing: people looked at its commits', async () => {
    const release = await commit(since, { [RELEASE]: 'version: 2\n' }, 'Promote it');
    expect(await merged(release, `Merge it\n\n${TRAILER}`)).toBe(false);
    expect(await merged(await empty(since, 'Look at it'), `Merge it\n\n${TRAILER}`)).toBe(false);
  });

  it('of documentation promotes nothing again by what was done and undone on its branch, or came from main', async () => {
    const done = await commit(since, { [RELEASE]: 'version: 2\n' }, `Try\n\n${TRAILER}`);
    const undone = await commit(done, { [RELEASE]: 'version: 1\n', 'README.md': 'Two.\n' }, 'Correct a word');
    expect(await merged(undone)).toBe(false);
    const main = await commit(since, { [RELEASE]: 'version: 3\n' }, 'Go on');
    const docs = await commit(since, { 'README.md': 'Two.\n' }, 'Correct a word');
    const updated = await merge([docs, main], `Merge main\n\n${TRAILER}`);
    expect(await says(await merge([main, updated], 'Merge it'))).toBe(false);
  });

  it('promotes again by a commit of its branch, wherever that stands in it, and by an empty one alone', async () => {
    const said = await empty(since, `Promote again\n\n${TRAILER}`);
    expect(await merged(said)).toBe(true);
    expect(await says(said)).toBe(true);
    const release = await commit(said, { [RELEASE]: 'version: 2\n' }, 'And go on');
    expect(await merged(release)).toBe(true);
    const docs = await commit(said, { 'README.md': 'Two.\n' }, 'Correct a word');
    expect(await merged(docs)).toBe(false);
  });

  it.each([
    ['log.diffMerges', 'off'],
    ['log.diffMerges', 'dense-combined'],
    ['log.showRoot', 'false'],
    ['log.showSignature', 'true'],
    ['log.follow', 'true'],
  ])('says the same on a machine whose %s is %s, and so does what stood there', async (key, value) => {
    const { forge } = repository;
    const docs = await merge([since, await commit(since, { 'README.md': 'Two.\n' }, `Correct\n\n${TRAILER}`)], 'Merge');
    const root = await commit(since, { [RELEASE]: 'version: 1\n' }, 'Begin');
    const first = await commitTree(forge, { tree: `${root}^{tree}`, parents: [], message: 'Begin', author });
    const head = await merge([first, await commit(first, { [RELEASE]: 'version: 2\n' }, 'Promote it')], 'Merge');
    await runPlumbing(forge, ['config', key, value]);
    try {
      expect(await says(docs)).toBe(false);
      expect(await (await new MainBranch(forge).history(head)).versionsAsked('prod', 'late')).toEqual([1, 2]);
      expect(await nextVersionNumber(await GitRepository.open(forge), 'late', await recorded())).toBe(3);
    } finally {
      await runPlumbing(forge, ['config', '--unset', key]);
    }
  });

  /** A record that was merged, and another that was undone on its branch. */
  async function recorded(): Promise<string> {
    const path = (version: number) => `models/late/versions/${version}.yaml`;
    const first = await commit(since, { [path(1)]: 'a\n' }, 'One');
    const tried = await commit(since, { [path(2)]: 'a\n' }, 'Two');
    return merge([first, tried], 'Merge it', first);
  }

  it('ends an emergency by an empty commit', async () => {
    const said = await empty(since, `End it\n\nEnd-emergency: ${ENDED}`);
    expect(await ends(await merge([since, said], 'Merge it'))).toBe(true);
  });

  it('is heard although nobody has the commit any more since which it is asked', async () => {
    const head = await commit(since, { [RELEASE]: 'version: 2\n' }, `Promote again\n\n${TRAILER}`);
    const lost = { since: 'd'.repeat(40), head };
    expect(await new MainBranch(repository.forge).saysSince('Re-promote', AGAIN, lost)).toBe(true);
  });

  describe('is merged into somebody’s own commits by a git pull, which is pushed', () => {
    /** Both ways around: `git pull` calls its own side the first parent, and whoever merges it on the main branch the other. */
    const pulled = async (local: string, main: string, files: Readonly<Record<string, string>>) => {
      const like = await commit(main, files, 'As merged');
      return Promise.all([merge([local, main], 'Pull', like), merge([main, local], 'Pull', like)]);
    };
    const notes = { 'notes.md': 'Mine.\n' };
    const words = { 'README.md': 'Two.\n' };

    it('after what was published: what was said since is heard on either side', async () => {
      const local = await commit(since, notes, 'Note');
      const published = await commit(since, { 'docs.md': 'A page.\n' }, 'Write');
      const main = await commit(await empty(published, `Promote again\n\n${TRAILER}`), words, 'Correct a word');
      for (const head of await pulled(local, main, notes)) {
        expect(await heard(head, { since: published })).toBe(true);
      }
    });

    it('before that: it may be part of what was pulled, so it is told instead, until it is said alone', async () => {
      const local = await commit(since, notes, 'Note');
      const said = await empty(since, `Promote again\n\n${TRAILER}`);
      const main = await commit(said, words, 'Correct a word');
      const [theirs, ours] = await pulled(local, main, notes);
      expect([await heard(theirs!), await heard(ours!)]).toEqual([{ inVain: said }, true]);
      expect(await heard(await empty(theirs!, `Promote again\n\n${TRAILER}`))).toBe(true);
    });

    it('and was about documentation: it promotes nothing again by the release that was pulled with it', async () => {
      const local = await commit(since, notes, 'Note');
      const hidden = await commit(await empty(since, `Say it\n\n${TRAILER}`), words, 'Correct a word');
      const other = await commit(since, { 'docs.md': 'A page.\n' }, 'Write');
      const merged = await merge([other, hidden], 'Merge it', await commit(other, words, 'As merged'));
      const main = await commit(merged, { [RELEASE]: 'version: 2\n' }, 'Promote it');
      for (const head of await pulled(local, main, notes)) {
        expect(await heard(head)).toMatchObject({ inVain: expect.any(String) });
      }
    });

    it('which took the version back: what was said before counts no more', async () => {
      const asked = await commit(since, { [RELEASE]: 'version: 2\n' }, `Promote again\n\n${TRAILER}`);
      const back = await commit(asked, { [RELEASE]: 'version: 1\n' }, 'Go back');
      for (const head of await pulled(await commit(since, notes, 'Note'), back, notes)) {
        const left = await (await new MainBranch(repository.forge).history(head)).leftAt('prod', 'late', 2);
        expect([await heard(asked), await heard(head, { since, left })]).toEqual([true, false]);
        const again = await commit(head, { [RELEASE]: 'version: 2\n' }, `Again\n\n${TRAILER}`);
        expect(await heard(again, { since, left })).toBe(true);
      }
    });
  });
});

describe('the main branch, moved on to a branch that had merged it', () => {
  it('is read anew, as its first parents are others, and remembers what was left and deleted there', async () => {
    const repository = await createTestRepository();
    const change = (parent: string, files: Readonly<Record<string, string | null>>) =>
      commitFiles(repository.forge, { parent, files: new Map(Object.entries(files)), message: 'Change', author });
    const made = 'releases/prod/early.yaml';
    const first = await repository.commit({ [RELEASE]: 'version: 1\n' });
    const second = await change(first, { [RELEASE]: 'version: 2\n', [made]: 'version: 1\n' });
    const back = await change(second, { [RELEASE]: 'version: 1\n', [made]: null });
    const feature = await change(first, { 'README.md': 'One.\n' });
    const foxtrot = await commitTree(repository.forge, {
      tree: `${await change(feature, { [RELEASE]: 'version: 1\n' })}^{tree}`,
      parents: [feature, back],
      message: 'Merge main',
      author,
    });
    const running = new MainBranch(repository.forge);
    expect(await (await running.history(back)).versionsAsked('prod', 'late')).toEqual([1, 2]);
    for (const branch of [running, new MainBranch(repository.forge)]) {
      const history = await branch.history(foxtrot);
      expect(await history.versionsAsked('prod', 'late')).toEqual([1]);
      expect([await history.askedBefore('prod', 'late', 2), await history.askedBefore('prod', 'late', 1)]).toEqual([
        true,
        true,
      ]);
      expect(history.hadRelease('prod', 'early')).toBe(true);
      expect(await history.leftAt('prod', 'late', 2)).toEqual([back]);
    }
    await repository.remove();
  });
});
