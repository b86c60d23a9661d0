import { parseWorkspace, type RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { digestOf, recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { freeze } from '../changes/freeze.js';
import { hold, liftHold } from '../changes/hold.js';
import { wayBack } from './way-back.js';

const HOLD = { model: 'late', reason: 'bad at night', since: '2001-04-01', by: 'Ada' };
const asking = (version: number, held: readonly number[] = []) =>
  parseWorkspace(
    new Map(
      Object.entries(
        toYaml({
          ...worldDocuments(),
          'releases/prod/late.yaml': { version, strategy: 'canary' },
          ...Object.fromEntries(held.map((one) => [`releases/prod/holds/${digestOf(one).slice(7)}.yaml`, HOLD])),
        }),
      ),
    ),
  ).workspace;

/** What is published, as far as a way back looks at it: what is live, what was before it, and what is rejected. */
const showing = (champion: number, previousChampion: number | null = null, rejected: readonly number[] = []) =>
  ({
    ...{ champion, previousChampion, packages: [] },
    rollout: { rejected: rejected.map((version) => ({ digest: digestOf(version) })) },
  }) as unknown as RolloutManifest;

describe('the way back of a change', () => {
  const back = (
    [old, asked]: readonly [number, number],
    [published, next]: readonly [RolloutManifest, RolloutManifest],
    held: readonly number[] = [],
  ) =>
    wayBack({
      ...{ environment: 'prod', model: 'late', before: asking(old), after: asking(asked, held) },
      outlook: {
        published,
        next,
        otherwise: next,
        reasons: [],
        asksOtherwise: true,
        lost: [],
        isReturn: false,
        servedFeatures: new Set(),
      },
    });
  const ROLLBACK = '`signalbox rollback late --env prod --to';

  it('leads to what is live, not to what Git asked for', () => {
    expect(back([2, 3], [showing(1), showing(1)])).toBe(
      `${ROLLBACK} 1 --merge\`: version 1 is live until version 3 is, and stays loaded then, so it answers all again within 1400ms.`,
    );
    expect(back([1, 2], [showing(1), showing(2, 1)])).toBe(
      `git revert the merge, or ${ROLLBACK} 1 --merge\`: version 1 stays loaded, so it answers again within 1400ms.`,
    );
  });

  it('is at once also from a lower number, unless what is left is loaded no more', () => {
    expect(back([3, 1], [showing(3, 2), showing(3, 2)])).toContain('version 3 is live until version 1 is');
    expect(back([3, 1], [showing(3, 2), showing(1, 3)])).toContain('version 3 stays loaded');
    expect(back([3, 2], [showing(3, 2), showing(2)])).toBe(
      'promote version 3 again: it takes its steps, because it was left for a reason.',
    );
    expect(back([3, 1], [showing(3), showing(1)])).toContain('because it is not loaded then.');
    expect(back([3, 2], [showing(2), showing(2)])).toBe('promote version 3 again: it takes its steps.');
  });

  it('is none that would be refused', () => {
    for (const [held, rejected, why] of [
      [[3], [], 'is held'],
      [[], [3], 'was rejected'],
    ] as const) {
      expect(back([3, 2], [showing(2), showing(2, null, rejected)], held)).toBe(
        `version 3 ${why}: \`signalbox promote late --env prod --version 3 --re-promote\` ends that, and it takes its steps.`,
      );
    }
  });
});

describe('a plan of what is published', () => {
  const story = releaseStory();
  const { about, asked, back, pass, promoted } = story;
  const change = ({ plan }: Awaited<ReturnType<typeof back>>) => plan.changes.find(({ model }) => model === 'late')!;

  async function live(...versions: readonly number[]) {
    for (const version of versions) {
      await asked(version);
      await pass();
    }
  }

  it('compares costs with what is live, which is what it leads back to', async () => {
    await live(1);
    await asked(2, 'canary');
    await pass();
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    const boundTo = { ...recordOf(3).boundTo, champion: digestOf(1) };
    await story.world.commit(toYaml({ 'models/late/versions/3.yaml': recordOf(3, { boundTo }) }));
    const { cost, wayBack: told } = change(await promoted(3, { merge: false }));
    expect(cost).toMatchObject({ version: 3, before: { version: 1 } });
    expect(told).toContain('rollback late --env prod --to 1 --merge`: version 1 is live until version 3 is');
    expect(change(await back({ merge: false })).cost).toBeNull();
  });

  it('says of an older version that it takes steps, and waits for the end of a freeze', async () => {
    await live(1, 2, 3);
    const frozen = { ...about(), name: 'now', until: '1d', reason: 'stocktaking', models: [] };
    await freeze(frozen);
    const { sentences, wayBack: told } = change(await back({ to: 1, merge: false }));
    expect(sentences.join('\n')).toMatch(/In the next pass: version 1 waits: .*stocktaking/);
    expect(sentences).toContain(
      'Version 1 was asked for here before and is not kept loaded: it takes the steps of its strategy, and waits for whatever keeps a version from starting, such as a freeze.',
    );
    // It answered here, so its feature views are filled.
    expect(sentences.join()).not.toContain('materialize');
    expect(told).toContain('version 3 is live until version 1 is');
    expect(change(await back({ merge: false })).sentences.join()).toContain('All units get version 2 at once.');
  });

  it('promises nothing of a branch that lacks what is published', async () => {
    await live(1, 2);
    const { git } = story.world;
    const { commit } = (await pass()).models[0]!.manifest!;
    await git.run(['pull', '--quiet', 'origin', 'main']);
    await git.run(['reset', '--quiet', '--hard', 'HEAD~1']);
    await git.run(['commit', '--quiet', '--allow-empty', '-m', 'Elsewhere']);
    await git.run(['push', '--quiet', '--force', 'origin', 'HEAD:main']);
    await story.world.commit({ 'releases/prod/late.yaml': 'version: 2\nstrategy: direct\n' });
    const { sentences, wayBack: told } = change(await back({ merge: false }));
    expect(sentences[0]).toContain(`it lacks ${commit}, which is published in prod. The reconciler publishes nothing`);
    expect(sentences[0]).toContain(`git push --force origin ${commit}:main`);
    expect(sentences.join('\n')).not.toContain('In the next pass');
    expect(told).toContain('signalbox emergency late --env prod');
    const held = await hold({ ...about(), version: 2, reason: 'bad', merge: false });
    expect(change(held).sentences[0]).toContain('Serial 2, live: version 2 answers all units, and goes on so');
  });

  it('says that a lifted hold takes what was confirmed along', async () => {
    const canary = worldDocuments()['releases/strategies/canary.yaml'] as object;
    const stages = ['canary-1', 'live'];
    const file = (folder: string) => `releases/prod/${folder}/${digestOf(2).slice(7)}.yaml`;
    await story.world.commit(
      toYaml({
        'releases/strategies/canary.yaml': { ...canary, confirm: stages },
        'releases/prod/late.yaml': { version: 1, strategy: 'direct' },
        [file('confirmations')]: { model: 'late', stages: ['canary-1'], by: 'Ada', since: '2001-04-01' },
        [file('holds')]: HOLD,
      }),
    );
    await pass();
    const { sentences } = change(await liftHold({ ...about(), version: 2, merge: false }));
    expect(sentences.join('\n')).toContain('Version 2 is confirmed for canary-1 no longer: where its strategy');
  });
});
