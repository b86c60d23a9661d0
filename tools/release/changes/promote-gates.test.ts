import { digestBytes } from '@signalbox/contracts';
import { expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { digestOf, podAt, recordOf, STRICTER_POLICY, toYaml } from '../../../tests/support/release-world.js';

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
      /training[.]seed.* propose late[.] It is compared with what Git asks for, version 2: once that is live, or/,
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
