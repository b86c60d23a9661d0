import { expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { hold } from '../changes/hold.js';

const story = releaseStory();
const { about, asked, manifest, pass } = story;

/** On top of what verbs have merged. */
async function commit(files: Record<string, string | null>): Promise<void> {
  await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
  await story.world.commit(files);
}

it('a hold goes to what was live before also where the release file is gone, and its plan says so', async () => {
  for (const version of [1, 2]) {
    await asked(version);
    await pass();
  }
  await commit({ 'releases/prod/late.yaml': null });
  await pass();
  const { plan } = await hold({ ...about(), version: 2, reason: 'wrong at night' });
  const said = plan.changes.flatMap(({ sentences }) => sentences).join('\n');
  expect(said).toContain('version 2 was live and is held (wrong at night): version 1, live before it, serves');
  expect(manifest(await pass())).toMatchObject({ champion: 1, rollout: { phase: 'held' } });
});

it('a candidate goes with the whole folder of its environment, under a reconciler that runs', async () => {
  await asked(1);
  await pass();
  await asked(2, 'canary');
  expect(manifest(await pass())).toMatchObject({ champion: 1, candidate: 2 });
  await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
  const files = (await story.world.git.run(['ls-files', 'releases/prod'])).trim().split('\n');
  await commit(Object.fromEntries(files.map((file) => [file, null])));
  const left = (await pass()).models[0]!;
  expect(left).toMatchObject({ manifest: { champion: 1, candidate: null } });
  expect(left.reasons[0]).toContain('releases/prod/environment.yaml is not there, which asks for nothing');
  expect((await pass()).models[0]!.reasons.join()).toContain('releases/prod/environment.yaml is not there');
});

it('a release that names a version that never was keeps no candidate, and no hold waits for its correction', async () => {
  for (const version of [1, 2]) {
    await asked(version);
    await pass();
  }
  await asked(3, 'canary');
  expect(manifest(await pass())).toMatchObject({ champion: 2, candidate: 3 });
  const mistyped = 'version: 33\nstrategy: canary\n';
  await commit({ 'releases/prod/late.yaml': mistyped });
  const { manifest: now, reasons } = (await pass()).models[0]!;
  expect(now).toMatchObject({ champion: 2, candidate: null });
  expect(reasons.join()).toContain('"late" has no version 33');
  await hold({ ...about(), version: 2, reason: 'wrong at night' });
  expect(manifest(await pass())).toMatchObject({ champion: 1, rollout: { phase: 'held' } });
});
