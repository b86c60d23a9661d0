import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestWorld, podAt, type TestWorld, toYaml } from '../../../tests/support/release-world.js';
import { describeStatus } from '../status/describe-status.js';
import { readStatus } from '../status/read.js';
import { openReconciler } from './open-environment.js';
import { type PassResult, runPass } from './pass.js';

const asks = (version: number) => toYaml({ 'releases/prod/late.yaml': { version, strategy: 'canary' } });

describe('a reconciler whose main branch', () => {
  let world: TestWorld;
  let opened: Awaited<ReturnType<typeof openReconciler>>;
  let last: PassResult;

  /** Version 1 is live, and version 2 in the first step of its canary. */
  beforeEach(async () => {
    world = await createTestWorld();
    await world.commit(asks(1));
    opened = await openReconciler(world.address);
    last = await runPass(opened.tools, null);
    await world.commit(asks(2));
    last = await runPass(opened.tools, last);
    expect(last.models[0]?.manifest).toMatchObject({ serial: 2, candidate: 2 });
  });
  afterEach(async () => {
    await opened.close();
    await world.remove();
  });

  it('was rewritten: status says that the head is refused and what to do, and never that something of it is due', async () => {
    const lost = last.commit;
    await world.git.run(['reset', '--quiet', '--hard', 'HEAD~1']);
    await world.git.run(['push', '--quiet', '--force', 'origin', 'HEAD']);
    const text = describeStatus(await readStatus(world.address));
    expect(text).toContain('git/not-a-descendant');
    expect(text).toContain(`does not contain ${lost} (published for late)`);
    expect(text).toContain('Restore the branch, or merge the lost commit into it');
    expect(text).toContain('nothing of this head is published');
    expect(text).not.toContain('this is due');
    await world.git.run(['push', '--quiet', '--force', 'origin', `${lost}:main`]);
    expect(describeStatus(await readStatus(world.address))).not.toContain('git/not-a-descendant');
  });

  it('is gone with its forge: goes on with what it saw, rejects what fails, moves nothing on, and keeps the timestamp fresh', async () => {
    await rename(world.forge, `${world.forge}.away`);
    const later = {
      ...opened.tools,
      wallNow: () => Date.now() + 7_200_000,
      monotonicNow: () => performance.now() + 7_200_000,
    };
    await world.report(podAt('pod-1', 2, { 1: [900, 0], 2: [200, 0] }));
    const held = await runPass(opened.tools, last);
    expect(held.models[0]?.manifest?.serial).toBe(2);
    expect(held.heldUp.join()).toContain('the main branch cannot be read');
    const fresh = await runPass(later, held);
    expect(fresh.signed).toBe('timestamp');
    await world.report(podAt('pod-1', 2, { 1: [900, 0], 2: [50, 20] }));
    const rejected = await runPass(opened.tools, last);
    expect(rejected.models[0]?.manifest?.rollout.phase).toBe('rejected');
    const status = await readStatus(world.address);
    expect(status).toMatchObject({ commit: null, models: [{ desired: null, published: { serial: 3 }, due: false }] });
    const text = describeStatus(status);
    expect(text).toMatch(
      /^prod without its main branch\n {2}what is asked for cannot be read: the forge .* is not there/,
    );
    expect(text).toContain('signalbox emergency');
    expect(text).toContain('serial 3, rejected: version 1 answers all units');
    expect(text).toMatch(/applied {4}pod-1 {2}serial 2 .*behind serial 3/);
  });
});
