import { describe, expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { digestOf, POLICY, toYaml } from '../../../tests/support/release-world.js';
import { LocalForge, readFileAtCommit } from '../../forge/index.js';
import { confirmationPath } from '../desired/head.js';
import { freeze } from './freeze.js';
import { GATES_CHECK } from './gates-check.js';

const story = releaseStory();
const { about, asked, back, manifest, pass, promoted } = story;
const RELEASE = 'releases/prod/late.yaml';

async function onMain(files: Readonly<Record<string, string | null>>) {
  await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
  await story.world.commit(files);
}

describe('a rollback that names no version', () => {
  it('is refused while a return is under way, with every way out, and what is named is gone to', async () => {
    // The first is live without its steps.
    for (const version of [1, 2, 3]) {
      await asked(version, version === 1 ? 'canary' : 'direct');
      await pass();
    }
    const confirmed = { model: 'late', stages: ['canary-1'], by: 'Grace', since: '2026-11-21' };
    const files = [1, 2].map((version) => confirmationPath('prod', digestOf(version)));
    const stillConfirmed = async () =>
      Promise.all(files.map(async (file) => (await readFileAtCommit(story.world.forge, 'main', file)) !== null));
    await onMain(toYaml(Object.fromEntries(files.map((file) => [file, confirmed]))));
    const { model: _all, ...environment } = about();
    await freeze({ ...environment, until: '1d', reason: 'stocktaking', models: [] });
    expect((await back()).title).toBe('Roll late in prod back to version 2');
    await expect(back()).rejects.toMatchObject({
      code: 'release/refused',
      message: expect.stringContaining(
        'Git asks for version 2 already; the next pass brings it at once in place of version 3',
      ),
      hint: 'What becomes of it: signalbox status --env prod. To go elsewhere: --to 1; --to 3 keeps version 3.',
    });
    expect((await back({ to: 3 })).merged).not.toBeNull();
    expect(manifest(await pass())).toMatchObject({ champion: 3, candidate: null });
    await back({ to: 1 });
    // It was live, and starts by its steps all the same: nobody agreed to this try of them.
    expect(await stillConfirmed()).toEqual([false, true]);
    expect(manifest(await pass())).toMatchObject({ champion: 3, candidate: null });
    await expect(back()).rejects.toMatchObject({
      message: expect.stringContaining(
        'Git asks for version 1 already; it takes its steps beside version 3, which is live, or waits to',
      ),
      hint: expect.stringMatching(
        /--to 2, which is loaded and live at once; --to 3 ends that[.] Or hold version 3, and version 2 is live at once: signalbox hold late --version 3 /,
      ),
    });
    await back({ to: 2 });
    expect(await stillConfirmed()).toEqual([false, true]);
    expect(manifest(await pass())).toMatchObject({ champion: 2, candidate: null });
  });

  it('leads to what was live before also where that came to somebody’s own main by a git pull, which was pushed', async () => {
    const { git } = story.world;
    await asked(1);
    await pass();
    await git.run(['pull', '--quiet', 'origin', 'main']);
    await git.run(['commit', '--quiet', '--allow-empty', '-m', 'Note']);
    for (const version of [2, 3]) {
      await asked(version);
      await pass();
    }
    await git.run(['pull', '--quiet', '--no-rebase', '--no-edit', 'origin', 'main']);
    await git.run(['push', '--quiet', 'origin', 'HEAD:main']);
    expect((await back()).title).toBe('Roll late in prod back to version 2');
    expect(manifest(await pass())).toMatchObject({ champion: 2, candidate: null });
  });
});

describe('a rollback that names a version', () => {
  it('that a return left asks for as many people as its promotion, also where the policy cannot be read', async () => {
    const low = { ...POLICY.tiers.low, approvals: 2 };
    await asked(1);
    await pass();
    await asked(2, 'canary');
    await pass();
    const file = 'releases/policies/default.yaml';
    await onMain(toYaml({ [file]: { ...POLICY, tiers: { ...POLICY.tiers, low } } }));
    expect(await back()).toMatchObject({ merged: expect.any(String), missingApprovals: 0 });
    await pass();
    const forward = await back({ to: 2, approveAs: 'Grace' });
    expect(forward).toMatchObject({ merged: null, missingApprovals: 1 });
    expect(forward.title).toBe(
      'Bring late in prod forward to version 2 again (it was left, so as many must agree as to its promotion)',
    );
    await onMain({ [file]: 'tiers: [\n' });
    expect(await back({ to: 2 })).toMatchObject({ number: forward.number, merged: expect.any(String) });
    const { checks } = await (await LocalForge.open(story.world.forge)).getPullRequest(forward.number);
    expect(checks[GATES_CHECK]).toBeUndefined();
    await onMain({ [RELEASE]: 'version: 3\nstrategy: direct\n' });
    expect(await back({ to: 2 })).toMatchObject({
      ...{ merged: null, missingApprovals: 1, title: expect.stringContaining('2 again (it was never live, so') },
    });
    expect((await back()).merged).not.toBeNull();
  });
});

describe('a release file that cannot be read', () => {
  it('is refused by a promotion, which would drop the rest of it, and stands in the way of no rollback', async () => {
    for (const version of [1, 2]) {
      await asked(version);
      await pass();
    }
    await onMain({ [RELEASE]: 'version: 2\nstrategy: [\nfallback: { version: 1 }\n' });
    await expect(promoted(3)).rejects.toMatchObject({
      code: 'release/refused',
      message: expect.stringMatching(/releases[/]prod[/]late[.]yaml cannot be read, .*late[.]yaml:\d+:\d+: /),
      hint: expect.stringMatching(
        /git checkout [0-9a-f]{40} -- releases[/]prod[/]late[.]yaml .*signalbox rollback late --env prod$/,
      ),
    });
    await onMain({ [RELEASE]: 'version: 3\nstrategy: direct\n' });
    expect(manifest(await pass())).toMatchObject({ champion: 3 });
    await back();
    expect(manifest(await pass())).toMatchObject({ champion: 2 });
    await onMain({ [RELEASE]: 'version: 9\nstrategy: [\n' });
    expect((await back({ merge: false })).title).toBe('Roll late in prod back to version 2');
    await onMain({ [RELEASE]: 'x: [\n' });
    expect((await back()).title).toBe('Roll late in prod back to version 1');
    expect(manifest(await pass())).toMatchObject({ champion: 1 });
  });
});
