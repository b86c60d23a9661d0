import { digestBytes } from '@signalbox/contracts';
import { expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import {
  digestOf,
  podAt,
  recordOf,
  STRICTER_POLICY,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';

const story = releaseStory();
const { asked, manifest, pass, promoted } = story;

async function gated(version: number, change: object) {
  await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
  const record = recordOf(version, { boundTo: { ...recordOf(version).boundTo, ...change } });
  await story.world.commit(toYaml({ [`models/late/versions/${version}.yaml`]: record }));
}

it('a promotion asks what the reconciler will ask: a verdict against what is live', async () => {
  await asked(1);
  await pass();
  await asked(2, 'canary');
  expect(manifest(await pass())).toMatchObject({ champion: 1, candidate: 2 });
  await expect(promoted(3, { strategy: 'direct' })).rejects.toMatchObject({
    message: expect.stringContaining(
      'compared it with version 2, but version 1 is live in prod: propose a new version',
    ),
    hint: expect.stringMatching(
      /training[.]seed.* propose late --env prod[.] It is compared with what Git asks for, version 2: once that is live, or/,
    ),
  });
  await gated(3, { champion: digestOf(1) });
  await asked(3);
  expect(manifest(await pass())).toMatchObject({ champion: 3 });
});

it('the first of an environment is compared with nothing, whatever became of the policy', async () => {
  await gated(2, { champion: digestOf(1), policy: digestBytes('another policy') });
  await promoted(2);
  expect(manifest(await pass())).toMatchObject({ champion: 2 });
});

it('where what is published cannot be read, what Git asks for is taken for what is live', async () => {
  await gated(2, { champion: digestOf(1), policy: digestBytes('another policy') });
  await story.world.commit({ 'releases/prod/root.json': null });
  await promoted(2);
  await expect(promoted(3, { strategy: 'slow' })).rejects.toThrow(/^(?!.*gates compared).*no strategy "slow"/);
  await gated(3, { champion: digestOf(1) });
  await expect(promoted(3)).rejects.toThrow(
    'compared it with version 1, but prod asks for version 2: propose a new version',
  );
});

it('where environments on the way ask for different versions, says how to make them ask for the same', async () => {
  const settings = worldDocuments()['releases/prod/environment.yaml'] as object;
  await story.world.commit({
    ...toYaml({
      'releases/late-prod/environment.yaml': { ...settings, promotesFrom: { environment: 'prod', soak: '1h' } },
      'releases/late-prod/late.yaml': { version: 1, strategy: 'direct' },
      'releases/prod/late.yaml': { version: 2, strategy: 'direct' },
    }),
    'releases/prod/root.json': null,
  });
  await expect(promoted(3, { environment: 'late-prod' })).rejects.toMatchObject({
    hint: expect.stringMatching(
      /propose late --env late-prod[.] prod asks.* rollback late --env prod --to 1 --merge[.]$/,
    ),
  });
  await gated(3, { champion: digestOf(1) });
  await expect(promoted(3)).rejects.toMatchObject({
    message: expect.stringContaining('compared it with version 1, but prod asks for version 2'),
    hint: expect.stringMatching(
      /^Nothing was changed[.] prod asks.* --env prod --to 1 --merge[.] Version 3 was compared with what late-prod asks for, so it can be promoted then[.]$/,
    ),
  });
  await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
  await story.world.commit({ 'releases/prod/late.yaml': 'version: 1\nstrategy: direct\n' });
  await promoted(3);
});

it('no verdict is asked anew of what was rejected and a person promotes again: so does the reconciler', async () => {
  await asked(1);
  await pass();
  await asked(2, 'canary');
  await pass();
  await story.world.report(podAt('pod-1', 2, { 1: [900, 0], 2: [50, 20] }));
  expect(manifest(await pass()).rollout.phase).toBe('rejected');
  await asked(1);
  await pass();
  await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
  await story.world.commit(toYaml({ 'releases/policies/default.yaml': STRICTER_POLICY }));
  await promoted(2, { rePromote: true, strategy: 'canary' });
  expect(manifest(await pass())).toMatchObject({ champion: 1, candidate: 2 });
});

it('the first of a model starts after a slip in its number: what no record ever told cannot have been live', async () => {
  await asked(11);
  expect((await pass()).models[0]!.manifest).toBeNull();
  await asked(1);
  expect(manifest(await pass())).toMatchObject({ champion: 1, serial: 1 });
});
