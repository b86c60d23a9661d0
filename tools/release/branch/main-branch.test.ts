import { digestBytes } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { emergencyEnd, MainBranch, repromotion } from './main-branch.js';

const OTHER = digestBytes('another package');
const releaseOf = (version: number): string => `version: ${version}\nstrategy: direct\n`;
const record = (digest: string) => toYaml({ record: recordOf(2, { package: { digest, sizeBytes: 1 } }) }).record!;

describe('what the main branch was', () => {
  let repository: TestRepository;
  /** By what was committed. */
  const commits: Record<string, string> = {};

  beforeAll(async () => {
    repository = await createTestRepository();
    const file = 'releases/prod/late.yaml';
    const records = 'models/late/versions/2.yaml';
    const aliased = { 'models/late/versions/4.yaml': `was: &d ${OTHER}\npackage:\n  digest: *d\n` };
    commits.first = await repository.commit({ [file]: releaseOf(1), [records]: record(OTHER), ...aliased });
    commits.second = await repository.commit({ [file]: releaseOf(2) });
    const again = repromotion('prod', 'late', OTHER);
    commits.said = await repository.commit({}, `Try it again\n\nIt was the data.\n\nre-promote: ${again}`);
    commits.back = await repository.commit({ [file]: releaseOf(1), [records]: null });
    commits.reused = await repository.commit({ [records]: record(digestBytes('its own')) });
    commits.ended = await repository.commit({}, `End it\n\nEnd-emergency: ${emergencyEnd('prod', 'late', 7)}`);
    commits.quoted = await repository.commit(
      {},
      'Tell how\n\nRe-promote: prod/late@sha256:quoted\n\nis the line to write.',
    );
  });
  afterAll(() => repository.remove());

  const head = () => commits.quoted!;

  it('knows which versions a release asked for before it asked for something else', async () => {
    const history = await new MainBranch(repository.forge).history(head());
    expect(await history.askedBefore('prod', 'late', 2)).toBe(true);
    expect(await history.askedBefore('prod', 'late', 1)).toBe(true);
    expect(await history.askedBefore('prod', 'late', 3)).toBe(false);
    expect(await history.askedBefore('staging', 'late', 2)).toBe(false);
  });

  it('does not take the first time for a second one', async () => {
    const history = await new MainBranch(repository.forge).history(commits.second!);
    expect(await history.askedBefore('prod', 'late', 1)).toBe(true);
    expect(await history.askedBefore('prod', 'late', 2)).toBe(false);
  });

  it('knows when a release ceased to ask for a version: a slip asks on, a deletion does not', async () => {
    const history = await new MainBranch(repository.forge).history(head());
    const leftAt = (version: number) => history.leftAt('prod', 'late', version);
    expect(await Promise.all([1, 2, 3].map(leftAt))).toEqual([[commits.second], [commits.back], []]);
    expect(await history.versionsAsked('prod', 'late')).toEqual([1, 2]);
    expect([history.hadRelease('prod', 'late'), history.hadRelease('staging', 'late')]).toEqual([true, false]);
    const copy = await repository.copy();
    const slip = await copy.commit({ 'releases/prod/late.yaml': 'version: "1"\n' });
    await copy.commit({ 'releases/prod/late.yaml': releaseOf(1) });
    const gone = await copy.commit({ 'releases/prod/late.yaml': null });
    const branch = new MainBranch(copy.folder);
    expect(await (await branch.history(slip)).leftAt('prod', 'late', 1)).toEqual([commits.second]);
    expect(await (await branch.history(gone)).leftAt('prod', 'late', 1)).toEqual([commits.second, gone]);
    await copy.remove();
  });

  it('remembers the packages of a number that was used again, also after its record was gone', async () => {
    const history = await new MainBranch(repository.forge).history(head());
    expect(await history.packagesOf('late', 2)).toEqual([OTHER, digestBytes('its own')]);
    expect(await history.packagesOf('late', 3)).toEqual([]);
    expect(await history.packagesOf('late', 4)).toEqual([OTHER]);
  });

  it('says the same when it is read bit by bit', async () => {
    const branch = new MainBranch(repository.forge);
    for (const commit of [commits.first!, commits.said!, commits.back!, head()]) {
      const [bit, whole] = [await branch.history(commit), await new MainBranch(repository.forge).history(commit)];
      for (const version of [1, 2, 3]) {
        expect(await bit.askedBefore('prod', 'late', version)).toBe(await whole.askedBefore('prod', 'late', version));
      }
      expect(await bit.packagesOf('late', 2)).toEqual(await whole.packagesOf('late', 2));
    }
    const said = { since: commits.second!, head: head() };
    expect(await branch.saysSince('Re-promote', repromotion('prod', 'late', OTHER), said)).toBe(true);
  });

  it('reads an environment as it last could be, with the error of what stands there now', async () => {
    const settings = worldDocuments()['releases/prod/environment.yaml'] as object;
    const path = 'releases/prod/environment.yaml';
    const described = (description: string) => toYaml({ [path]: { ...settings, description } });
    const copy = await repository.copy();
    for (const description of ['The first.', 'The second.']) await copy.commit(described(description));
    await copy.commit({ [path]: 'minPods: [\n' });
    const broken = await copy.commit({ [path]: 'clock: sun\n' });
    const other = toYaml({ [path]: { ...settings, description: 'The third.', policy: 'missing' } });
    const right = await copy.commit(other);
    const branch = new MainBranch(copy.folder);
    const read = async (commit: string) => {
      const { findings, workspace } = await branch.read(commit);
      return [
        workspace.environments.get('prod')?.environment.description,
        findings.some((one) => one.place.file === path),
      ];
    };
    expect(await read(broken)).toEqual(['The second.', true]);
    expect(await read(right)).toEqual(['The third.', true]);
    const deleted = await copy.commit({ [path]: null });
    expect(await read(deleted)).toEqual(['The third.', true]);
    expect((await branch.read(deleted)).findings).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('it was deleted'), place: { file: path } }),
    );
    const rest = { 'releases/prod/late.yaml': null, 'releases/prod/root.json': '{}' };
    expect(await read(await copy.commit(rest))).toEqual(['The third.', true]);
    expect(await read(await copy.commit({ 'releases/prod/root.json': null }))).toEqual([undefined, false]);
    await copy.remove();
  });

  it('reads the record of every version that a release names as it last could be, also where it is gone', async () => {
    const copy = await repository.copy();
    const named = { segments: { big: { version: 1 } }, fallback: { version: 2 }, arms: [3] };
    const release = { version: 4, strategy: 'canary', ...named };
    const records = { 'models/late/versions/4.yaml': recordOf(4), 'releases/prod/late.yaml': release };
    await copy.commit(toYaml({ ...worldDocuments(), ...records }));
    const paths = [1, 2, 3, 4].map((version) => `models/late/versions/${version}.yaml`);
    const gone = await copy.commit(Object.fromEntries(paths.map((path) => [path, null])));
    const { findings, workspace } = await new MainBranch(copy.folder).read(gone);
    expect([...workspace.versions.get('late')!.keys()]).toEqual([1, 2, 3, 4]);
    expect(findings.some((one) => one.place.file === 'releases/prod/late.yaml' && one.severity === 'error')).toBe(true);
    await copy.remove();
  });

  it('hears what people say in trailers, in whatever case, of commits that are newer', async () => {
    const branch = new MainBranch(repository.forge);
    const says = (since: string, value = repromotion('prod', 'late', OTHER)) =>
      branch.saysSince('Re-promote', value, { since, head: head() });
    expect(await says(commits.second!)).toBe(true);
    expect(await says(commits.said!)).toBe(false);
    expect(await says(commits.back!)).toBe(false);
    expect(await says(commits.second!, repromotion('staging', 'late', OTHER))).toBe(false);
    expect(await says(commits.second!, 'prod/late@sha256:quoted')).toBe(false);
    const end = { since: commits.first!, head: head() };
    expect(await branch.saysSince('End-emergency', emergencyEnd('prod', 'late', 7), end)).toBe(true);
    expect(await branch.saysSince('End-emergency', emergencyEnd('prod', 'late', 8), end)).toBe(false);
  });
});
