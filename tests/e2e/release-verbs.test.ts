import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestWorld, podAt, type TestWorld } from '../support/release-world.js';
import { signalbox, signalboxHere, signalboxJson, startSignalbox } from './command.js';

/** One story, told in order: each test goes on where the one before ended. */
describe('the release verbs, as a person types them', () => {
  let world: TestWorld;

  beforeAll(async () => {
    world = await createTestWorld();
  });
  afterAll(() => world.remove());

  const run = (...argv: string[]) => signalbox(world.folder, ...argv);

  const runHere = (...argv: string[]) => signalboxHere(world.folder, ...argv);

  it('say what is there before anything was promoted', async () => {
    expect((await runHere('status')).stdout).toContain('nothing has been promoted yet');
    expect((await runHere('reconcile')).stdout).toContain('prod has no release yet');
    expect((await runHere('plan')).stdout).toBe('Merging this changes no traffic.\n');
  });

  it('open a pull request with the plan, and merge it when told', async () => {
    const opened = await runHere('promote', 'late', '--version', '1');
    expect(opened.code).toBe(0);
    expect(opened.stdout).toContain('Pull request #1: Promote late version 1 to prod');
    expect(opened.stdout).toContain('There is nothing to compare it with');
    expect(opened.stdout).toContain('Nothing has changed yet');
    const merged = await signalboxJson<{ number: number; merged: string }>(
      world.folder,
      ...['promote', 'late', '--version', '1', '--merge'],
    );
    expect(merged).toMatchObject({ number: 1, merged: expect.stringMatching(/^[0-9a-f]{40}$/) });
  });

  it('publish what was merged, and say what each pod does', async () => {
    const due = await runHere('status');
    expect(due.stdout).toContain('this is due');
    const published = await run('reconcile');
    expect(published.stdout).toContain('prod/late published serial 1, live: version 1 answers all units');
    await world.report(podAt('pod-1', 1, { 1: [10, 0] }));
    const { stdout } = await run('status');
    expect(stdout).toMatch(/desired +version 1, by strategy canary/);
    expect(stdout).toMatch(/applied +pod-1 +serial 1 +loaded v1/);
    expect((await signalboxJson<{ models: object[] }>(world.folder, 'status')).models).toHaveLength(1);
  });

  it('plan a branch, with the way back', async () => {
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    await world.git.run(['switch', '--quiet', '-c', 'next']);
    const path = join(world.folder, 'releases/prod/late.yaml');
    await writeFile(path, (await readFile(path, 'utf8')).replace('version: 1', 'version: 2'));
    expect((await runHere('plan')).stdout).toContain('Not committed, so not in this plan: releases/prod/late.yaml');
    await world.git.run(['commit', '--quiet', '-am', 'Promote by hand']);
    const { stdout } = await run('plan', '--base', 'main');
    expect(stdout).toContain('Version 2 is to replace version 1 in prod.');
    expect(stdout).toContain('The way back: git revert');
    await world.git.run(['switch', '--quiet', 'main']);
  });

  it('run as a daemon that publishes a merge, writes events, and stops when told', async () => {
    const events = join(world.folder, '.signalbox', 'events.jsonl');
    const daemon = startSignalbox(world.folder, ['reconcile', '--watch', '--events', events]);
    expect((await run('promote', 'late', '--version', '2', '--strategy', 'direct', '--merge')).code).toBe(0);
    await daemon.saw(/prod\/late published (serial 2, live: version 2 answers all units)/);
    expect((await run('rollback', 'late', '--merge')).stdout).toContain('Roll late in prod back to version 1');
    await daemon.saw(/prod\/late published (serial 3, live: version 1)/);
    await daemon.stop();
    const lines = (await readFile(events, 'utf8')).trimEnd().split('\n');
    const changes = lines.map((line) => JSON.parse(line) as { changed: boolean; manifest: { serial: number } });
    expect(changes.filter((one) => one.changed).map((one) => one.manifest.serial)).toEqual([2, 3]);
  });

  it('hold a version, refuse to promote it, and lift the hold with a new promotion', async () => {
    const held = await run('hold', 'late', '--version', '2', '--reason', 'bad at night', '--merge');
    expect(held.stdout).toContain('Version 2 is held and gets no traffic: bad at night.');
    const refused = await runHere('promote', 'late', '--version', '2', '--merge');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('it is held by Ada Test: bad at night');
    const again = await runHere('promote', 'late', '--version', '2', '--re-promote');
    expect(again.stdout).toContain('Version 2 is held no longer.');
    const needless = await runHere('promote', 'late', '--version', '1', '--re-promote');
    expect(needless).toMatchObject({ code: 1, stderr: expect.stringContaining('neither held nor rejected in prod') });
  });

  it('answer wrong input with exit code 2 and what to do', async () => {
    for (const [argv, said] of [
      [['promote', 'late', '--version', 'two'], '--version is a version number'],
      [['promote', 'later', '--version', '1'], 'the main branch has no model "later"'],
      [['promote', 'late'], "required option '--version <n>'"],
      [['reconcile', '--env', 'moon'], 'no environment "moon" (it has: prod)'],
      [['status', '--forge', 'nowhere'], 'nowhere is not a folder'],
      [['hold', 'late', '--version', '9', '--reason', 'x'], 'no version of late "9"'],
      [['monitor', '--from', '2001-05-01T00:00:00Z', '--to', '2001-04-01T00:00:00Z'], 'is empty'],
      [['monitor', '--from', '2999-01-01T00:00:00Z'], 'the newest event came at'],
    ] as const) {
      const { code, stderr } = await runHere(...argv);
      expect({ argv, code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    }
  });
});
