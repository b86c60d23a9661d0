import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { digestOf, podAt, STRICTER_POLICY, toYaml } from '../../../tests/support/release-world.js';
import { emergencyEnd, repromotion } from '../branch/main-branch.js';
import { confirm } from '../changes/confirm.js';
import { emergency } from '../emergency/emergency.js';
import { openReconciler } from './open-environment.js';
import { type PassResult, runPass } from './pass.js';

describe('what a commit decides', () => {
  const story = releaseStory();
  const { about, back, manifest, pass } = story;
  const reasons = ({ models }: PassResult) => models[0]!.reasons.join('; ');

  const commit = (documents: Readonly<Record<string, unknown>>, message?: string) =>
    story.world.commit(toYaml(documents), message);
  const asks = (version: number, strategy = 'direct', more: object = {}) => ({
    'releases/prod/late.yaml': { version, strategy, ...more },
  });
  async function after(documents: Readonly<Record<string, unknown>>, message?: string): Promise<PassResult> {
    await commit(documents, message);
    return pass();
  }

  /** Version 1 is live, and version 2 failed. */
  async function rejected(): Promise<void> {
    await after(asks(1));
    await after(asks(2, 'canary'));
    await story.world.report(podAt('pod-1', 2, { 1: [900, 0], 2: [50, 20] }));
    expect(manifest(await pass()).rollout.phase).toBe('rejected');
  }

  it('promotes again until Git ceases to ask for it, and not when Git asks another time', async () => {
    const again = `Try it again\n\nRe-promote: ${repromotion('prod', 'late', digestOf(2))}`;
    const freeze = 'releases/prod/freezes/now.yaml';
    await rejected();
    await story.world.commit({ 'docs/words.md': 'A word.\n' }, again);
    expect(reasons(await pass())).toMatch(
      /was rejected .*commit [0-9a-f]{12} says “Re-promote.*, and that decides nothing/,
    );
    await commit({ [freeze]: { reason: 'holidays', from: '2001-01-01', to: '2101-01-01', by: 'Ada' } });
    expect(reasons(await after({}, again))).toContain('version 2 waits: frozen');
    await story.world.commit({ [freeze]: null, ...toYaml(asks(1)) });
    await pass();
    const asked = await after(asks(2, 'canary'));
    const stays = expect.stringContaining('version 2 was rejected');
    expect([manifest(asked).candidate, reasons(asked)]).toEqual([null, stays]);
    expect(manifest(await after({}, again))).toMatchObject({ champion: 1, candidate: 2 });
  });

  it('ends an emergency by the serial at which it was signed, also where that has risen, and needs no new gate then', async () => {
    for (const version of [1, 2, 3]) await after(asks(version));
    const policy = { 'releases/policies/default.yaml': STRICTER_POLICY };
    await after({ ...policy, ...asks(3, 'canary', { fallback: { version: 1 } }) });
    const { environment, model, repo, wallNow } = about();
    const signed = (await emergency({ repo, environment, model, wallNow, to: 2, reason: 'it is bad' })).manifest;
    const hold = { model: 'late', reason: 'it is bad too', since: '2001-04-01', by: 'Ada' };
    const later = await after({ [`releases/prod/holds/${digestOf(1).slice(7)}.yaml`]: hold });
    expect(manifest(later).serial).toBe(signed.serial + 1);
    expect(reasons(later)).toContain('a commit says End-emergency: ');
    const end = `End it\n\nEnd-emergency: ${emergencyEnd('prod', 'late', signed.serial)}`;
    await story.world.commit({ 'docs/words.md': 'A word.\n' }, end);
    expect(reasons(await pass())).toMatch(
      /stands until .*commit [0-9a-f]{12} says .*, and that decides nothing: .*--allow-empty/,
    );
    const ended = await after({}, end);
    expect(manifest(ended).rollout.emergency).toBeNull();
    expect([manifest(ended).candidate, reasons(ended)]).toEqual([3, expect.not.stringContaining('since it was gated')]);
  });

  it('gives no version all units because what was published is lost, unless a person says so', async () => {
    await rejected();
    await rm(join(story.world.folder, '.signalbox', 'store', 'tuf'), { recursive: true });
    const { close, tools } = await openReconciler(story.world.address);
    try {
      const lost = await runPass(tools, null);
      expect(lost.models).toMatchObject([{ manifest: null }]);
      expect(reasons(lost)).toContain('signalbox confirm late --env prod --stage live');
      await back({ to: 1 });
      await confirm({ ...about(), stage: 'live' });
      expect(manifest(await runPass(tools, lost))).toMatchObject({ champion: 1, candidate: null });
    } finally {
      await close();
    }
  });
});
