import { digestBytes } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { PushedHistory } from '../../../tests/support/pushed-history.js';
import { runPlumbing, runPlumbingLine } from '../../forge/index.js';
import { MainBranchHistory } from './history.js';
import { MainBranch, repromotion } from './main-branch.js';

const SEED = 20_261_122;
const WORLDS = 16;
const PUSHES = 9;
const AGAIN = repromotion('prod', 'late', digestBytes('a package'));
const TOLD = { release: 'releases/prod/late.yaml', trailer: `Re-promote: ${AGAIN}` };

type Play = (world: PushedHistory, published: number) => void;

/** The main branch as it was pushed is the judge: which parent a merge calls first is nothing that it knows. */
describe(`main branches as people push them, seed ${SEED}`, () => {
  let repository: TestRepository;
  const tips = new Map<string, string>();
  const plays: Readonly<Record<string, Play>> = {
    requests: (world) => (world.pick([true, false]) ? world.push() : world.mergeRequest()),
    old: (world, published) => {
      const older = world.tips.slice(0, published);
      const canPull = world.tips.length > published && world.pick([true, false]);
      if (!canPull) return plays.requests!(world, published);
      world.pull(older, world.pick([['page'], ['release'], ['say', 'page']] as const));
    },
    any: (world) => {
      if (world.pick([true, true, false])) return world.mergeRequest();
      world.pull(world.tips.slice(-5), world.pick([['page'], ['release', 'page']] as const));
    },
  };
  const worlds = Object.entries(plays).flatMap(([name, play], kind) =>
    Array.from({ length: WORLDS }, (_, i) => {
      const seed = kind * WORLDS + i;
      const world = new PushedHistory(TOLD, { firstMark: 1 + seed * 100, seed: SEED + seed });
      const published = 3 + (i % 5);
      for (let at = 0; at < PUSHES; at += 1) play(world, published);
      return { name, world, published, nameOf: (tip: number) => `world-${seed}-${tip}`, last: world.tips.length - 1 };
    }),
  );

  beforeAll(async () => {
    repository = await createTestRepository();
    const input = worlds.map(({ nameOf, world }) => world.script(nameOf)).join('');
    await runPlumbing(repository.forge, ['fast-import', '--quiet'], { input });
    const refs = await runPlumbingLine(repository.forge, [
      'for-each-ref',
      '--format=%(refname:lstrip=2) %(objectname)',
    ]);
    for (const line of refs.split('\n')) tips.set(line.slice(0, -41), line.slice(-40));
  });
  afterAll(() => repository.remove());

  it('remember what they asked for and left, read at once or bit by bit', async () => {
    let pulled = 0;
    for (const { last, nameOf, published, world } of worlds) {
      const at = (tip: number) => tips.get(nameOf(tip))!;
      const whole = await MainBranchHistory.read(repository.forge, at(last), null);
      const bits = new MainBranch(repository.forge);
      await bits.history(at(published));
      for (const history of [whole, await bits.history(at(last))]) {
        for (const version of [1, 2, 3, 4, 5]) {
          const left = await history.leftAt('prod', 'late', version);
          const truth = world.leftBy(version);
          expect([version, nameOf(last), left.length > 0]).toEqual([version, nameOf(last), truth.length > 0]);
          expect(left).toEqual(expect.arrayContaining(truth.map(at)));
        }
        expect(history.hadRelease('prod', 'late')).toBe(true);
      }
      pulled += world.tips.filter(({ parents }) => parents.length > 1).length;
    }
    expect(pulled).toBeGreaterThan(WORLDS);
  });

  const heard = ({ last, nameOf, published }: (typeof worlds)[number]) => {
    const span = { since: tips.get(nameOf(published))!, head: tips.get(nameOf(last))! };
    return new MainBranch(repository.forge).saysSince('Re-promote', AGAIN, span);
  };

  it.each(['requests', 'old'])('hear what was said with %s, as it was pushed', async (name) => {
    const counts = { said: 0, unsaid: 0 };
    for (const one of worlds.filter((world) => world.name === name)) {
      const truth = one.world.isSaidSince(one.published);
      expect([one.nameOf(one.last), (await heard(one)) === true]).toEqual([one.nameOf(one.last), truth]);
      counts[truth ? 'said' : 'unsaid'] += 1;
    }
    expect(Math.min(counts.said, counts.unsaid)).toBeGreaterThan(0);
  });

  it('hear nothing that was hidden, and tell of what they do not hear, where nobody can know which side was pushed', async () => {
    const counts = { heard: 0, told: 0 };
    for (const one of worlds.filter(({ name }) => name === 'any')) {
      const truth = one.world.isSaidSince(one.published);
      const said = await heard(one);
      if (said === true) expect([one.nameOf(one.last), truth]).toEqual([one.nameOf(one.last), true]);
      if (truth) expect([one.nameOf(one.last), said]).not.toEqual([one.nameOf(one.last), false]);
      if (truth) counts[said === true ? 'heard' : 'told'] += 1;
    }
    expect(Math.min(counts.heard, counts.told)).toBeGreaterThan(0);
  });
});
