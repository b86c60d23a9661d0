import { beforeEach, describe, expect, it } from 'vitest';
import { memoryStory } from '../../../tests/support/memory-story.js';
import { digestOf, recordOf } from '../../../tests/support/release-world.js';

describe('what a number and a record say of a package', () => {
  const story = memoryStory();
  let gone: ReadonlySet<string>;
  beforeEach(() => {
    gone = new Set();
  });

  /** A pass once Git asks for a version, over the records as they were but for these. */
  async function after(version: number, change: object = {}, strategy = 'direct') {
    const packages = { has: async (digest: string) => !gone.has(digest) };
    const late = await story.after({ 'releases/prod/late.yaml': { version, strategy }, ...change }, { packages });
    return { ...late.manifest!, changed: late.changed, reasons: late.reasons.join('; ') };
  }
  /** The record of a version with the package of another number. */
  const recorded = (version: number, as: number) => ({
    [`models/late/versions/${version}.yaml`]: recordOf(version, { package: { digest: digestOf(as), sizeBytes: 1000 } }),
  });
  const held = (...versions: readonly number[]) =>
    Object.fromEntries(
      versions.map((version) => [
        `releases/prod/holds/${digestOf(version).slice('sha256:'.length)}.yaml`,
        { model: 'late', reason: 'it looks odd', since: '2001-04-01', by: 'Ada' },
      ]),
    );
  const told = (version: number) =>
    `models/late/versions/${version}.yaml says of version ${version}, which is published, that its package is`;

  it.each([
    ['live', 'direct'],
    ['under way', 'canary'],
  ])(
    'moves nothing where the record is edited of a version that is %s, nor once it is restored',
    async (_is, strategy) => {
      await after(1);
      const { serial } = await after(2, {}, strategy);
      for (const as of [9, 1]) {
        const edited = await after(2, recorded(2, as), strategy);
        expect([edited.changed, edited.serial]).toEqual([false, serial]);
        expect(edited.reasons).toContain(`${told(2)} ${digestOf(as)}`);
        expect(edited.reasons).not.toContain('never used twice');
        const restored = await after(2, {}, strategy);
        expect([restored.changed, restored.serial]).toEqual([false, serial]);
        expect(restored.reasons).not.toContain('versions/2.yaml');
      }
    },
  );

  it('goes back to what was live before, whatever its record says', async () => {
    for (const version of [1, 2]) await after(version);
    const back = await after(1, recorded(1, 9));
    expect(back).toMatchObject({ champion: 1, packages: [{ version: 1, digest: digestOf(1) }] });
    expect(back.reasons).toContain(told(1));
  });

  it('lets the package in that had the number first, and no other: also two back, after a slip', async () => {
    for (const version of [1, 2, 3]) await after(version);
    const slip = await after(1, recorded(1, 9));
    expect(slip).toMatchObject({ champion: 3, candidate: null });
    const why = `named ${digestOf(1)} first and names ${digestOf(9)} now: a number is never used twice, so restore the record`;
    expect(slip.reasons).toContain(why);
    expect(await after(1)).toMatchObject({ champion: 1, previousChampion: 3 });
  });

  it('lets a package in that was live by its number here, whatever came before it on the branch', async () => {
    for (const version of [1, 2, 3]) await after(version);
    const { heads } = story.branch;
    heads[0] = { ...heads[0]!, workspace: { ...heads[0]!.workspace, versions: new Map([['late', first(9)]]) } };
    expect(await after(1)).toMatchObject({ champion: 1, previousChampion: 3 });
  });
  const first = (as: number) => new Map([[1, recordOf(1, { package: { digest: digestOf(as), sizeBytes: 1000 } })]]);

  it.each([1, 2])('moves nothing to what is published as another version: as version %i', async (as) => {
    for (const version of [1, 2]) await after(version);
    const shared = await after(3, recorded(3, as));
    expect(shared).toMatchObject({ champion: 2, previousChampion: 1, candidate: null });
    expect(shared.reasons).toContain('a number is never used twice, and no package has two');
    expect(await after(3)).toMatchObject({ champion: 3, previousChampion: 2 });
  });

  it('does not take what was live by another number for what was live, while what is live is held', async () => {
    for (const version of [1, 2, 3]) await after(version);
    expect(await after(4, { ...held(2, 3), ...recorded(4, 1) })).toMatchObject({ champion: 3 });
    expect(await after(1, held(2, 3))).toMatchObject({ champion: 1 });
  });

  it('goes back at once only to what pods can load: a package that is not in the store waits, and what is held serves on', async () => {
    for (const version of [1, 2, 3]) await after(version);
    gone = new Set([digestOf(1)]);
    const waits = await after(1, held(2, 3));
    expect(waits).toMatchObject({ champion: 3, candidate: null });
    expect(waits.reasons).toContain('version 1 waits: its package is not in the artifact store of prod');
    gone = new Set();
    expect(await after(1, held(2, 3))).toMatchObject({ champion: 1 });
  });
});
