import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestWorld, digestOf, type TestWorld } from '../../../tests/support/release-world.js';
import {
  branchesNear,
  commitFiles,
  commitTree,
  LocalForge,
  readFileAtCommit,
  runPlumbing,
  runPlumbingLine,
} from '../../forge/index.js';
import { type FreezeOptions, freeze } from './freeze.js';
import { hold } from './hold.js';
import { openSession, proposeRelease } from './release-session.js';

const MALLORY = { name: 'Mallory', email: 'mallory@example.com' };
const ADA = { name: 'Ada Test', email: 'ada@example.com' };
const PATH = 'releases/prod/late.yaml';
const TRAILER = `Re-promote: prod/late@${digestOf(2)}`;
const [FIRST, SECOND] = ['version: 1\nstrategy: direct\n', 'version: 2\nstrategy: direct\n'];

/** Whoever may push, and needs somebody's approval for anything else. */
describe('a branch that waits for a verb under the name that it will choose', () => {
  let world: TestWorld;
  let older: string;
  let main: string;
  let asked = 0;

  beforeAll(async () => {
    world = await createTestWorld();
    older = await world.commit({ [PATH]: FIRST }, `First\n\n${TRAILER}`);
    main = await world.commit({ [PATH]: SECOND });
  });
  afterAll(() => world.remove());

  const files = new Map([[PATH, FIRST]]);
  const on = (parent: string, change: Partial<Parameters<typeof commitFiles>[1]> = {}) =>
    commitFiles(world.forge, { parent, files, message: 'Go back', author: MALLORY, ...change });
  const plant = (name: string, tip: string) => runPlumbingLine(world.forge, ['update-ref', `refs/heads/${name}`, tip]);
  const openFor = async (head: string) =>
    (await LocalForge.open(world.forge)).openPullRequest({
      head,
      base: 'main',
      title: head,
      body: '',
      author: MALLORY,
    });
  const branches = async (folder: string) => [...(await branchesNear(world.forge, folder)).keys()];
  /** The change that a verb proposes; each time under another name. */
  async function changeOf(repo = world.folder) {
    asked += 1;
    const branch = `rollback/prod/late-v1-${asked}`;
    const change = { branch, title: 'Go back', message: 'Go back', files, mustBeValid: false, merge: false };
    const propose = async (more: object = {}) =>
      proposeRelease(await openSession(repo), { ...change, approvals: 0, ungated: 'It goes back.', ...more });
    return { propose, name: `${branch}-${main.slice(0, 7)}` };
  }

  const planted: readonly (readonly [string, () => Promise<string>])[] = [
    [
      'a trailer in a commit below its tip',
      async () => on(await on(main, { files: new Map(), message: `Wording\n\n${TRAILER}` })),
    ],
    ['a trailer at its tip', () => on(main, { message: `Go back\n\n${TRAILER}` })],
    [
      'an older parent, so that merging it does nothing',
      async () => {
        const tree = await runPlumbingLine(world.forge, ['rev-parse', `${await on(main)}^{tree}`]);
        return commitTree(world.forge, { tree, parents: [older], message: 'Go back', author: MALLORY });
      },
    ],
    [
      'a second parent with whatever history',
      async () => {
        const tree = await runPlumbingLine(world.forge, ['rev-parse', `${await on(main)}^{tree}`]);
        const aside = await on(main, { files: new Map(), message: TRAILER });
        return commitTree(world.forge, { tree, parents: [main, aside], message: 'Go back', author: MALLORY });
      },
    ],
    ['another content', () => on(main, { files: new Map([[PATH, 'version: 3\nstrategy: direct\n']]) })],
    ['another file beside', () => on(main, { files: new Map([...files, ['notes.md', 'x']]) })],
    [
      'no history with the main branch',
      () => runPlumbingLine(world.forge, ['commit-tree', `${main}^{tree}`, '-m', 'x']),
    ],
  ];

  it.each(planted)('is left alone, and stops nobody, with %s', async (_what, make) => {
    const { name, propose } = await changeOf();
    const tip = await make();
    await plant(name, tip);
    await openFor(name);
    const proposed = await propose();
    expect(proposed.branch).toBe(`${name}-2`);
    expect(await runPlumbingLine(world.forge, ['log', '--format=%s', `${main}..${proposed.commit}`])).toBe('Go back');
    expect(await readFileAtCommit(world.forge, proposed.commit, PATH)).toBe(FIRST);
    expect(await runPlumbingLine(world.forge, ['rev-parse', name])).toBe(tip);
    expect(await propose()).toMatchObject({ branch: `${name}-2`, number: proposed.number });
  });

  it('is gone on with where it is just what the verb would propose, and somebody opened it', async () => {
    const { name, propose } = await changeOf();
    const tip = await on(main);
    await plant(name, tip);
    expect(await propose()).toMatchObject({ branch: `${name}-2` });
    const opened = await changeOf();
    await plant(opened.name, tip);
    const { number } = await openFor(opened.name);
    expect(await opened.propose()).toMatchObject({ branch: opened.name, commit: tip, number });
  });

  it('is gone on with by whom a cut kept from opening a request', async () => {
    const { name, propose } = await changeOf();
    const tip = await on(main, { author: ADA });
    await plant(name, tip);
    expect(await propose()).toMatchObject({ branch: name, commit: tip });
    const again = await changeOf();
    await plant(again.name, await on(main, { author: ADA, committer: MALLORY }));
    expect(await again.propose()).toMatchObject({ branch: `${again.name}-2` });
  });

  it('stops nobody by the name of a folder, or beneath the name that it will choose', async () => {
    const unplant = (name: string) => runPlumbingLine(world.forge, ['update-ref', '-d', `refs/heads/${name}`]);
    const beneath = await changeOf();
    await plant(`${beneath.name}/x`, main);
    expect(await beneath.propose()).toMatchObject({ branch: `${beneath.name}-2` });
    for (const taken of await branches('rollback')) await unplant(taken);
    await plant('rollback', main);
    const { name, propose } = await changeOf();
    const { branch, number } = await propose();
    expect(branch).toBe(name.replaceAll('/', '.'));
    expect(await propose()).toMatchObject({ branch, number });
    await unplant('rollback');
    expect(await propose()).toMatchObject({ branch, number });
  });

  it('costs no process of its own, however many there are', async () => {
    const { name, propose } = await changeOf();
    const counted = async () => {
      const trace = join(world.folder, '..', 'trace');
      await writeFile(trace, '');
      vi.stubEnv('GIT_TRACE', trace);
      await propose();
      vi.unstubAllEnvs();
      return (await readFile(trace, 'utf8')).split('\n').filter((line) => line.includes('built-in: ')).length;
    };
    await propose();
    const one = await counted();
    const tips = await Promise.all([
      on(main, { author: ADA, message: 'x' }),
      on(main, { author: ADA, files: new Map([['x', '1']]) }),
      on(older, { author: ADA, files: new Map([['y', '1']]) }),
    ]);
    const lines = Array.from({ length: 300 }, (_, at) => `create refs/heads/${name}-z${at} ${tips[at % 3]}\n`);
    await runPlumbing(world.forge, ['update-ref', '--stdin'], { input: lines.join('') });
    // Two more ask since when the main branch has these files; how often objects are asked for anew is up to the clock.
    expect(await counted()).toBeLessThan(one + 20);
  });

  it('says the same of the change in a clone without history', async () => {
    const repo = join(world.folder, '..', 'shallow');
    await runPlumbing(world.folder, ['clone', '--quiet', '--depth', '1', `file://${world.forge}`, repo]);
    for (const [key, value] of Object.entries({ name: ADA.name, email: ADA.email }))
      await runPlumbing(repo, ['config', `user.${key}`, value]);
    const { propose } = await changeOf(repo);
    const { number, plan } = await propose();
    expect(await propose()).toMatchObject({ number, plan });
  });

  it('gives a hold neither a trailer nor an end to a freeze that nobody asked for', async () => {
    const about = { repo: world.folder, environment: 'prod', merge: false, wallNow: () => Date.UTC(2026, 10, 21) };
    const held = { ...about, model: 'late', version: 2, reason: 'wrong' };
    const frozen = (): FreezeOptions => ({ ...about, name: 'now', until: '4h', reason: 'stocktaking', models: [] });
    for (const [ask, path, change] of [
      [() => hold(held), `releases/prod/holds/${digestOf(2).slice(7)}.yaml`, [/$/, `\n\n${TRAILER}`]],
      [() => freeze(frozen()), 'releases/prod/freezes/now.yaml', [/2026-11-21T04/, '2099-11-21T04']],
    ] as const) {
      const first = await ask();
      const message = await runPlumbingLine(world.forge, ['log', '-1', '--format=%B', first.commit]);
      const text = (await readFileAtCommit(world.forge, first.commit, path))!;
      const [find, replace] = change;
      const isText = find.test(text) && replace.startsWith('2099');
      const tip = await on(main, {
        message: message.replace(find, replace),
        files: new Map([[path, isText ? text.replace(find, replace) : text]]),
      });
      await plant(first.branch, tip);
      const second = await ask();
      expect(second.branch).toBe(`${first.branch}-2`);
      expect(await readFileAtCommit(world.forge, second.commit, path)).toBe(text);
    }
  });
});
