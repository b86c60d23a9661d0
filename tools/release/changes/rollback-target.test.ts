import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { digestOf, podAt, recordOf, toYaml } from '../../../tests/support/release-world.js';
import { LocalForge } from '../../forge/index.js';
import type { ReleaseState } from '../branch/release-history.js';
import { type LiveHere, returnUnderWay, standingOf, stateToGoBackTo } from './rollback-target.js';

const states = (versions: readonly number[]) =>
  versions.map((version, i): ReleaseState => ({ commit: `${i}`, subject: '', text: '', version }));
const live = (champion: number, previousChampion: number | null, change: Partial<LiveHere> = {}): LiveHere => ({
  published: { champion, previousChampion, rollout: { emergency: null } },
  rejected: new Set(),
  wasLive: new Set([champion, ...(previousChampion === null ? [] : [previousChampion])]),
  isWhole: true,
  ...change,
});

describe('where a rollback leads', () => {
  const from = (versions: readonly number[], known: LiveHere | null, held: readonly number[] = []) => {
    const { passed, target } = stateToGoBackTo(states(versions), { held: new Set(held), live: known });
    return [target?.version ?? null, passed.map(({ version, why }) => `${version} ${why}`).join(', ')];
  };

  it('is what was live before what is live, whatever Git asked for between', () => {
    expect(from([1, 2, 4], live(4, 1))).toEqual([1, '2 was never live']);
    expect(from([1, 2, 4], live(4, 1, { wasLive: new Set([1, 2, 4]) }))).toEqual([1, '2 was not live last']);
    expect(from([1, 2, 3], live(3, 1, { rejected: new Set([2]) }))).toEqual([1, '2 was rejected']);
    expect(from([1, 2], live(2, 1))).toEqual([1, '']);
  });

  it('is what is live while what Git asks for is under way, waits or was rejected', () => {
    expect(from([1, 2, 3], live(1, null))).toEqual([1, '2 was never live']);
    expect(from([1, 2, 3], live(2, 1))).toEqual([2, '']);
  });

  it('is the newest that was live here where nothing is loaded', () => {
    expect(from([1, 2, 3], live(3, null, { wasLive: new Set([1, 3]) }))).toEqual([1, '2 was never live']);
    expect(from([1, 2, 3], live(3, null, { wasLive: new Set([1, 2, 3]) }))).toEqual([2, '']);
    expect(from([1, 2, 3], live(3, 2, { wasLive: new Set([1, 2, 3]) }), [2])).toEqual([1, '2 is held']);
    expect(from([1, 2, 3], live(3, null, { wasLive: new Set([1, 2, 3]), rejected: new Set([1, 2]) }))).toEqual([
      null,
      '2 was rejected, 1 was rejected',
    ]);
  });

  it('is what Git asked for where nobody knows whether it was live', () => {
    expect(from([1, 2, 3], live(3, null, { isWhole: false }))).toEqual([2, '']);
    expect(from([1, 2, 3], live(3, null, { wasLive: new Set([1, 3]), isWhole: false }))).toEqual([
      1,
      '2 was not live last',
    ]);
    expect(from([1, 2, 3], null)).toEqual([2, '']);
    expect(from([1, 2, 3], null, [2])).toEqual([1, '2 is held']);
  });

  it('is never what a return has left, although it is still loaded or live', () => {
    expect(from([1, 2, 3, 1], live(1, 3, { wasLive: new Set([1, 2, 3]) }))).toEqual([null, '']);
    expect(from([1, 2, 3, 1], live(3, 2, { wasLive: new Set([1, 2, 3]) }))).toEqual([null, '']);
    expect(from([], null)).toEqual([null, '']);
  });
});

describe('a return that is not live yet', () => {
  const of = (versions: readonly number[], known: LiveHere | null, held: readonly number[] = []) => {
    const under = returnUnderWay(states(versions), { held: new Set(held), live: known });
    return under && `${under.version} ${under.comes}, ${under.live} until then, ${under.loaded} loaded`;
  };
  const all = new Set([1, 2, 3, 4]);

  it('comes at once where it is still loaded, or where what is live is held and nothing else is loaded', () => {
    expect(of([1, 2, 3, 2], live(3, 2))).toBe('2 at once, 3 until then, null loaded');
    expect(of([1, 2, 3, 2, 2], live(3, 2))).toBe('2 at once, 3 until then, null loaded');
    expect(of([1, 2, 3, 1], live(3, 2, { wasLive: all }), [2, 3])).toBe('1 at once, 3 until then, null loaded');
    expect(of([1, 2, 3, 1], live(3, null, { wasLive: all }), [3])).toBe('1 at once, 3 until then, null loaded');
  });

  it('comes by steps else, and not while an emergency stands', () => {
    expect(of([1, 2, 3, 4, 2], live(4, 3))).toBe('2 by steps, 4 until then, 3 loaded');
    expect(of([1, 2, 3, 4, 2], live(4, 3), [4])).toBe('2 by steps, 4 until then, 3 loaded');
    expect(of([1, 2, 3, 4, 2], live(4, 3, { rejected: new Set([3]) }))).toBe('2 by steps, 4 until then, null loaded');
    const emergency = { reason: 'bad', atMs: 1 } as never;
    const published = { champion: 3, previousChampion: 2, rollout: { emergency } };
    expect(of([1, 2, 3, 2], live(3, 2, { published }))).toBe('2 after the emergency, 3 until then, null loaded');
  });

  it('is none where it is live, may not serve, was not asked for before, or what is live stands before it', () => {
    expect(of([1, 2, 3, 2], live(2, null))).toBeNull();
    expect(of([1, 2, 3, 2], live(3, 2), [2])).toBeNull();
    expect(of([1, 2, 3, 2], live(3, 2, { rejected: new Set([2]) }))).toBeNull();
    expect(of([1, 2, 3, 1, 4, 4], live(3, 2))).toBeNull();
    expect(of([1, 2, 1, 2], live(1, null))).toBeNull();
    expect(of([2, 2], live(3, null))).toBeNull();
    expect(of([1, 2, 3, 2], null)).toBeNull();
    expect(of([], live(1, null))).toBeNull();
  });
});

describe('a version is', () => {
  const of = (version: number, versions: readonly number[], known: LiveHere | null) =>
    standingOf(version, states(versions), known);

  it('a way back while it is live or loaded, or stands among those before and was live as far as manifests say', () => {
    expect(of(3, [1, 2, 3, 2], live(3, 2))).toBe('way back');
    expect(of(3, [1, 2, 3, 1], live(1, 3))).toBe('way back');
    expect(of(1, [1, 2, 3], live(3, 2, { wasLive: new Set([1, 2, 3]) }))).toBe('way back');
    expect(of(1, [1, 2, 3], live(3, 2, { isWhole: false }))).toBe('way back');
    expect(of(1, [1, 2, 3], null)).toBe('way back');
  });

  it('none where a return left it, or where it never was live', () => {
    const known = { wasLive: new Set([1, 2, 3]) };
    expect(of(3, [1, 2, 3, 2], live(2, null, known))).toBe('left');
    expect(of(2, [1, 2, 3, 1], live(1, 3, known))).toBe('left');
    expect(of(2, [1, 2, 3, 1], null)).toBe('left');
    expect(of(2, [1, 2, 3], live(3, 1))).toBe('never live');
  });
});

describe('a rollback', () => {
  const story = releaseStory();
  const { asked, back, manifest, pass, promoted } = story;

  /** By a commit: version 3 was gated against version 1, which is live. */
  async function asksFor3() {
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    const boundTo = { ...recordOf(3).boundTo, champion: digestOf(1) };
    await story.world.commit(
      toYaml({
        'models/late/versions/3.yaml': recordOf(3, { boundTo }),
        'releases/prod/late.yaml': { version: 3, strategy: 'direct' },
      }),
    );
    return manifest(await pass());
  }

  it('leads past what was only being tried, at once', async () => {
    await asked(1);
    await pass();
    await asked(2, 'canary');
    await pass();
    expect(await asksFor3()).toMatchObject({ champion: 3, previousChampion: 1 });
    expect((await back()).title).toBe('Roll late in prod back to version 1 (version 2 was never live)');
    expect(manifest(await pass())).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'live' } });
    await expect(back()).rejects.toThrow('nothing came before version 1');
  });

  it('leads past what was rejected, and refuses to be led there', async () => {
    await asked(1);
    await pass();
    await asked(2, 'canary');
    const { serial } = manifest(await pass());
    await story.world.report(podAt('pod-1', serial, { 1: [40_000, 60], 2: [4_000, 3_600] }));
    expect(manifest(await pass()).rollout.phase).toBe('rejected');
    expect(await asksFor3()).toMatchObject({ champion: 3, previousChampion: 1 });
    await expect(back({ to: 2 })).rejects.toMatchObject({
      code: 'release/refused',
      message: expect.stringContaining('version 2 was rejected there, so it would not start'),
      hint: expect.stringMatching(/^It can go back to: --to 1[.].*--version 2 --re-promote$/),
    });
    expect((await back()).title).toBe('Roll late in prod back to version 1 (version 2 was rejected)');
    expect(manifest(await pass())).toMatchObject({ champion: 1, candidate: null });
  });

  it('says first, where no store is, that it goes by Git alone', async () => {
    for (const version of [1, 2, 3]) await asked(version);
    const blind = await back({ merge: false });
    expect(blind.title).toBe('Roll late in prod back to version 2');
    expect(blind.plan.summary[0]).toMatch(
      /^What is published of late in prod could not be read here \(nothing of late is published there\): this goes by Git alone, .*; then name the version: --to 1 or 2\.$/,
    );
    await rm(join(story.world.folder, '.signalbox', 'store'), { recursive: true });
    const { plan } = await back({ to: 1, merge: false });
    expect(plan.summary[0]).toMatch(
      /could not be read here \(the artifact store holds nothing at all: .*can be read\.$/,
    );
    const forge = await LocalForge.open(story.world.forge);
    await expect(back({ to: 9 })).rejects.toMatchObject({
      hint: expect.stringMatching(
        /^What is published .* holds nothing at all: .* It can go back to: --to 1, --to 2[.]$/,
      ),
    });
    await expect(promoted(2, { merge: false })).resolves.toMatchObject({
      plan: { summary: [expect.stringContaining('holds nothing at all')] },
    });
    const [first] = await forge.listPullRequests({ state: 'open' });
    expect(first!.body).toMatch(/^What is published of late in prod could not be read here/);
  });

  it('says nothing of that where it knows', async () => {
    for (const version of [1, 2]) {
      await asked(version);
      await pass();
    }
    expect(JSON.stringify((await back({ merge: false })).plan)).not.toContain('could not be read');
  });

  it('knows the whole history from a shallow clone', async () => {
    await asked(1);
    await pass();
    const { merged } = await promoted(2, { strategy: 'direct' });
    await pass();
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    await writeFile(join(story.world.folder, '.git', 'shallow'), `${merged}\n`);
    expect((await back()).title).toBe('Roll late in prod back to version 1');
    expect(manifest(await pass())).toMatchObject({ champion: 1, candidate: null });
  });

  it('after one that went further back leads nowhere forward', async () => {
    for (const version of [1, 2, 3]) {
      await asked(version);
      await pass();
    }
    await back({ to: 1 });
    expect(manifest(await pass())).toMatchObject({ champion: 1, previousChampion: 3 });
    await expect(back()).rejects.toMatchObject({
      message: expect.stringContaining('nothing came before version 1'),
      hint: 'What was left, or never was live, comes forward again: --to 2 (by the approvals of a promotion), --to 3 (still loaded, so at once).',
    });
  });
});
