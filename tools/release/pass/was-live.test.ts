import type { RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { memoryStory } from '../../../tests/support/memory-story.js';
import { digestOf, recordOf, STRICTER_POLICY, worldDocuments } from '../../../tests/support/release-world.js';

const PROD = worldDocuments()['releases/prod/environment.yaml'] as object;
const SOAKED = {
  'releases/staging/environment.yaml': PROD,
  'releases/prod/environment.yaml': { ...PROD, promotesFrom: { environment: 'staging', soak: '24h' } },
};
const asks = (version: unknown, more: object = {}) => ({
  'releases/prod/late.yaml': { version, strategy: 'direct', ...more },
});

describe('what was live is said by manifests, and not by what was asked for', () => {
  const story = memoryStory();

  async function after(documents: Readonly<Record<string, unknown>>) {
    const { manifest, reasons } = await story.after(documents);
    return { ...(manifest as RolloutManifest), reasons: reasons.join('; ') };
  }

  it.each([
    ['taken back', asks(1)],
    ['lost by a slip', asks('2')],
    ['deleted', {}],
  ])('a version waits for its soak also where its release was %s and made again', async (_what, meanwhile) => {
    await after(asks(1));
    const waits = { champion: 1, reasons: expect.stringContaining('version 2 must be live in staging for 24h') };
    expect(await after({ ...SOAKED, ...asks(2) })).toMatchObject(waits);
    expect(await after({ ...SOAKED, ...meanwhile })).toMatchObject({ champion: 1 });
    expect(await after({ ...SOAKED, ...asks(2) })).toMatchObject(waits);
  });

  it('what gates refused is no fallback, however often it was asked for', async () => {
    const verdicts = [{ id: 'quality/auc', verdict: 'fail' as const, sentence: 'It is worse.' }];
    const refused = { 'models/late/versions/3.yaml': recordOf(3, { verdicts }) };
    const fallback = asks(1, { fallback: { version: 3 } });
    await after(asks(1));
    expect(await after({ ...refused, ...asks(3) })).toMatchObject({ champion: 1 });
    const { reasons, ...manifest } = await after({ ...refused, ...fallback });
    expect([manifest.fallback, reasons]).toEqual([null, expect.stringContaining('gate quality/auc said fail')]);
  });

  it('what was live needs no new verdict once its hold is lifted, and starts by its steps', async () => {
    const policy = { 'releases/policies/default.yaml': STRICTER_POLICY };
    const asked = { ...policy, ...SOAKED, 'releases/prod/late.yaml': { version: 2, strategy: 'canary' } };
    const hold = { model: 'late', reason: 'it looks odd', since: '2001-04-01', by: 'Ada' };
    for (const version of [1, 2]) await after(asks(version));
    const held = await after({ ...asked, [`releases/prod/holds/${digestOf(2).slice(7)}.yaml`]: hold });
    expect(held).toMatchObject({ champion: 1, previousChampion: null });
    expect(await after(asked)).toMatchObject({ champion: 1, candidate: 2, rollout: { phase: 'canary' } });
  });

  it('goes back to what is still loaded, whatever was lost of the decisions', async () => {
    for (const version of [1, 2]) await after(asks(version));
    const { objects } = story.store;
    for (const key of objects.keys()) if (key.startsWith('decisions/')) objects.delete(key);
    expect(await after({ ...SOAKED, ...asks(1) })).toMatchObject({ champion: 1 });
  });

  it('asks which version gets all units where what was published is lost and Git has asked for more than one', async () => {
    for (const version of [1, 2]) await after(asks(version));
    story.loseStore();
    const lost = await after(asks(2));
    expect(lost.champion).toBeUndefined();
    expect(lost.reasons).toContain('nothing of late is published, and Git asked here for version 1 before');
    const confirmation = { model: 'late', stages: ['live'], since: '2001-04-01', by: 'Ada' };
    const confirmed = { [`releases/prod/confirmations/${digestOf(2).slice(7)}.yaml`]: confirmation };
    expect(await after({ ...asks(2), ...confirmed })).toMatchObject({ champion: 2, serial: 1 });
  });
});
