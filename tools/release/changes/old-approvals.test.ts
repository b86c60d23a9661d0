import { describe, expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { POLICY, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { branchTip, commitFiles, LocalForge, readFileAtCommit, runPlumbingLine } from '../../forge/index.js';
import { confirm } from './confirm.js';
import { hold, liftHold } from './hold.js';

const MALLORY = { name: 'Mallory', email: 'mallory@example.com' };
const RELEASE = 'releases/prod/late.yaml';

describe('an approval', () => {
  const story = releaseStory();
  const { about, asked, back, pass, promoted } = story;

  async function onMain(files: Readonly<Record<string, string | null>>) {
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    await story.world.commit(files);
  }
  const asking = (change: Partial<(typeof POLICY)['tiers']['low']>) => {
    const tiers = { ...POLICY.tiers, low: { ...POLICY.tiers.low, ...change } };
    return toYaml({ 'releases/policies/default.yaml': { ...POLICY, tiers } });
  };
  async function approved({ commit, number }: { readonly commit: string; readonly number: number }) {
    await (await LocalForge.open(story.world.forge)).approve(number, 'Grace', commit);
  }
  const left = { merged: null, missingApprovals: 1 };

  it('is kept where the main branch went on with other things', async () => {
    await onMain(asking({ approvals: 1 }));
    await asked(1);
    const first = await promoted(2, { strategy: 'canary' });
    await approved(first);
    await onMain({ 'notes.md': 'Meanwhile.' });
    expect(await promoted(2, { strategy: 'canary' })).toMatchObject({ number: first.number, missingApprovals: 0 });
  });

  it('of a promotion is none of the same one after the version was live and left', async () => {
    await asked(1);
    await pass();
    const first = await promoted(2, { strategy: 'canary', merge: false });
    await approved(first);
    await asked(2);
    await pass();
    expect((await back()).merged).not.toBeNull();
    await onMain(asking({ approvals: 1 }));
    const again = await promoted(2, { strategy: 'canary' });
    expect(again).toMatchObject(left);
    expect(again.number).not.toBe(first.number);
  });

  it('of a confirmation is none of the same one after the version was held', async () => {
    const path = 'releases/strategies/canary.yaml';
    const canary = worldDocuments()[path] as object;
    await onMain({ ...toYaml({ [path]: { ...canary, confirm: ['canary-1'] } }), ...asking({ approvals: 1 }) });
    await asked(2, 'canary');
    const first = await confirm(about());
    await approved(first);
    await hold({ ...about(), version: 2, reason: 'wrong at night' });
    expect((await liftHold({ ...about(), version: 2, approveAs: 'Heidi' })).merged).not.toBeNull();
    expect(await confirm(about())).toMatchObject(left);
    expect((await confirm({ ...about(), approveAs: 'Grace' })).merged).not.toBeNull();
  });

  it('decides which of several of the same is gone on with, before whose it is', async () => {
    const { forge: repository } = story.world;
    await onMain(asking({ rollbackApprovals: 1 }));
    await asked(1);
    await asked(2);
    const forge = await LocalForge.open(repository);
    const main = (await branchTip(repository, 'main'))!;
    const twin = async (of: { readonly commit: string }, head: string) => {
      const files = new Map([[RELEASE, await readFileAtCommit(repository, of.commit, RELEASE)]]);
      const message = await runPlumbingLine(repository, ['log', '-1', '--format=%B', of.commit]);
      const tip = await commitFiles(repository, { parent: main, files, message, author: MALLORY });
      await runPlumbingLine(repository, ['update-ref', `refs/heads/${head}`, tip]);
      const { number } = await forge.openPullRequest({ head, base: 'main', title: head, body: '', author: MALLORY });
      return { number, commit: tip };
    };
    const first = await back({ merge: false });
    const other = await twin(first, 'rollback/prod/late-v1-0000000');
    await approved(other);
    expect(await back({ merge: false })).toMatchObject({ number: other.number, missingApprovals: 0 });
    await approved(first);
    expect(await back()).toMatchObject({ number: first.number, merged: expect.any(String) });
  });
});
