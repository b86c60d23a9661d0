import { describe, expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { digestOf, recordOf, toYaml } from '../../../tests/support/release-world.js';
import { readFileAtCommit } from '../../forge/index.js';
import { openReconciler } from '../pass/open-environment.js';
import { runPass } from '../pass/pass.js';
import { planBranch } from '../plan/branch.js';
import { describePlan } from '../plan/plan.js';
import { readStatus } from '../status/read.js';
import { freeze } from './freeze.js';
import { hold, liftHold } from './hold.js';

describe('an incident', () => {
  const story = releaseStory();
  const { about, asked, back, manifest, pass, promoted } = story;

  const held = (version: number) => hold({ ...about(), version, reason: 'bad at night' });

  it('goes back over held versions, at once to what was live here, and lifts a hold again', async () => {
    for (const version of [1, 2, 3]) {
      await asked(version);
      await pass();
    }
    await held(2);
    await held(3);
    expect(manifest(await pass())).toMatchObject({ champion: 3, rollout: { phase: 'held' } });
    await expect(back({ to: 2 })).rejects.toMatchObject({
      code: 'release/refused',
      hint: expect.stringMatching(/--to 1[.].*holds[/].*: signalbox hold late --version 2 --env prod --lift/),
    });
    const home = await back();
    expect(home.title).toBe('Roll late in prod back to version 1 (version 2 is held)');
    // It answered here, so its views are filled.
    expect(describePlan(home.plan)).toContain('All units get version 1 at once.');
    expect(describePlan(home.plan)).not.toContain('materialize');
    const away = await pass();
    expect(manifest(away)).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'live' } });
    expect(away.models[0]!.reasons[0]).toContain('version 1 was live before and version 3 is held');
    expect((await liftHold({ ...about(), version: 2 })).title).toBe('Lift the hold on late version 2 in prod');
    await expect(liftHold({ ...about(), version: 2 })).rejects.toMatchObject({ code: 'release/refused' });
    await held(1);
    expect((await back({ to: 2 })).merged).not.toBeNull();
  });

  it('holds what runs by a number, whatever its record says', async () => {
    for (const version of [1, 2]) {
      await asked(version);
      await pass();
    }
    const { commit, forge, git } = story.world;
    await git.run(['pull', '--quiet', 'origin', 'main']);
    await commit(toYaml({ 'models/late/versions/2.yaml': recordOf(1) }));
    await held(2);
    expect(manifest(await pass())).toMatchObject({ champion: 1, rollout: { phase: 'held' } });
    expect((await liftHold({ ...about(), version: 2 })).merged).not.toBeNull();
    const file = `releases/prod/holds/${digestOf(2).slice(7)}.yaml`;
    expect(await readFileAtCommit(forge, 'main', file)).toBeNull();
    await expect(liftHold({ ...about(), version: 2 })).rejects.toMatchObject({ code: 'release/refused' });
  });

  it('takes a hold that cannot be read for one, whoever asks, and names its file', async () => {
    const { commit, forge, git } = story.world;
    const file = (version: number) => `releases/prod/holds/${digestOf(version).slice(7)}.yaml`;
    await asked(1);
    await promoted(2);
    await git.run(['pull', '--quiet', 'origin', 'main']);
    await commit({ [file(1)]: 'reason: [\n', [file(3)]: 'reason: wrong\n' });
    await expect(back()).rejects.toMatchObject({ code: 'release/refused', hint: expect.stringContaining(file(1)) });
    await expect(promoted(3)).rejects.toThrow(`${file(3)} cannot be read, so it holds (--re-promote lifts the hold)`);
    const { plan } = await promoted(3, { rePromote: true });
    expect(plan.changes[0]!.sentences).toContain('Version 3 is held no longer.');
    expect(await readFileAtCommit(forge, 'main', file(3))).toBeNull();
    await git.run(['pull', '--quiet', 'origin', 'main']);
    await commit({ [file(1)]: null, [file(2)]: 'reason: [\n' });
    const merged = await planBranch(story.world.folder, { base: 'HEAD~1' });
    expect(describePlan(merged.plan)).toMatch(
      /Version 2 is held and gets no traffic: .*\n +Version 1 is held no longer[.]/s,
    );
    const over = await back();
    expect(over.title).toBe('Roll late in prod back to version 1 (version 2 is held)');
    await git.run(['fetch', '--quiet', 'origin', 'main']);
    expect(await git.run(['log', '-1', '--format=%B', over.commit])).toContain(`Version 2 is held by ${file(2)}.`);
  });

  it('plans from what is published, not from what Git asked for last', async () => {
    await promoted(1);
    await pass();
    await asked(2);
    await pass();
    await asked(3, 'canary');
    expect(manifest(await pass())).toMatchObject({ champion: 2, candidate: 3 });
    const { environment, ...rest } = about();
    await freeze({ ...rest, environment, name: 'now', until: '1d', reason: 'stocktaking', models: [] });
    const { sentences } = (await back({ to: 2, merge: false })).plan.changes[0]!;
    expect(sentences).toEqual([
      expect.stringMatching(
        /^Published now is serial 3, canary step 1: version 3 answers 10 % .* version 2 answers the/,
      ),
      'In the next pass: version 2 is asked for and live: candidate 3 is withdrawn at once.',
    ]);
    const far = (await back({ to: 1, merge: false })).plan.changes[0]!;
    expect(far.sentences.join('\n')).toMatch(
      /version 1 was live before version 2 .*\nAll units get version 1 at once[.]/,
    );
    expect(far.wayBack).toContain('promote version 2 again: it takes its steps, because it was left for a reason');
  });

  it('plans for a release whose strategy is gone that it waits, and for what', async () => {
    await asked(1);
    await pass();
    const file = 'releases/prod/late.yaml';
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    await story.world.commit({ [file]: 'version: 2\nstrategy: direct\n' });
    await story.world.commit({ [file]: 'version: 1\nstrategy: canary\n', 'releases/strategies/direct.yaml': null });
    const { sentences } = (await back({ to: 2, merge: false })).plan.changes[0]!;
    expect(sentences.slice(0, 3)).toEqual([
      'Published now is serial 1, live: version 1 answers all units.',
      expect.stringMatching(/^In the next pass: version 2 waits: .*there is no strategy "direct"[.]$/),
      'Version 2 is to replace version 1 in prod.',
    ]);
  });

  it('says of a hold on what is live and cannot be replaced that it serves on', async () => {
    for (const version of [1, 2, 3]) {
      await asked(version);
      await pass();
    }
    await back();
    await pass();
    await asked(3, 'canary');
    expect(manifest(await pass())).toMatchObject({ champion: 2, previousChampion: null, candidate: 3 });
    expect((await held(3)).plan.changes[0]!.sentences.join()).toContain('Version 3 is held and gets no traffic');
    expect((await held(2)).plan.changes[0]!.sentences.join()).toContain(
      'Version 2 is held and serves on, because nothing else is loaded that could: bad at night.',
    );
    await pass();
    const { reasons } = (await readStatus(story.world.address)).models[0]!;
    expect(reasons.join()).toContain('version 2 is live and held by Ada Test (bad at night): it serves on, because');
  });

  it('goes back while environment.yaml cannot be read, by what it said last, and lets nothing start', async () => {
    for (const version of [1, 2]) {
      await asked(version);
      await pass();
    }
    const { git, commit, address } = story.world;
    await git.run(['pull', '--quiet', 'origin', 'main']);
    const file = 'releases/prod/environment.yaml';
    await commit({ [file]: 'minPods: [\n' });
    await commit({ [file]: 'clock: sun\n' });
    await asked(3);
    expect(manifest(await pass())).toMatchObject({ champion: 2, candidate: null });
    const { reasons } = (await readStatus(address)).models[0]!;
    expect(reasons.join()).toMatch(
      /version 3 waits: releases[/]prod[/]environment[.]yaml:1:1: the key "description" is missing/,
    );
    expect((await back({ to: 1 })).plan.changes).toHaveLength(1);
    const { close, tools } = await openReconciler(address);
    const { models } = await runPass(tools, null).finally(close);
    expect(models[0]!.manifest).toMatchObject({ champion: 1, clock: 'wall' });
  });

  it('says where a name is none of those that there are', async () => {
    await promoted(1);
    for (const [wrong, has] of [
      [() => back({ model: 'lat' }), 'It has: late.'],
      [() => back({ environment: 'prd' }), 'It has: prod.'],
      [() => held(9), 'It has: 1, 2, 3.'],
      [() => hold({ ...about(), environment: 'prd', version: 1, reason: 'x' }), 'It has: prod.'],
    ] as const) {
      await expect(wrong()).rejects.toMatchObject({
        code: 'input/unknown-reference',
        hint: expect.stringContaining(has),
      });
    }
  });
});
