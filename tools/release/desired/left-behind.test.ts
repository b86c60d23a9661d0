import { type Hold, parseWorkspace, type RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { digestOf, NO_BACKGROUND, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { desiredOf, packageOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { reconcile } from '../reconcile/index.js';
import { resolveDesired } from './desired.js';

const HOLD: Hold = { model: 'late', reason: 'bad at night', since: '2001-04-01', by: 'Ada' };
const [held1, held2] = [1, 2].map((version) => `releases/prod/holds/${digestOf(version).slice(7)}.yaml`) as [
  string,
  string,
];
const late = (manifest: RolloutManifest): RolloutManifest => ({ ...manifest, environment: 'prod', model: 'late' });
const live2 = late(publishedWhere([desiredOf(1), desiredOf(2)]));
const canary2 = late(publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary'));

/** What the next pass makes of a manifest where nothing asks for the model, over the documents that `keeps` leaves and some more. */
function next(
  current: RolloutManifest,
  more: Readonly<Record<string, unknown>> = {},
  keeps = (_path: string): boolean => true,
) {
  const documents = Object.fromEntries(Object.entries(worldDocuments()).filter(([path]) => keeps(path)));
  const files = Object.entries({ ...toYaml(documents), ...toYaml(more) });
  const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(files)) };
  const question = { environment: 'prod', model: 'late', published: new Map([['late', current]]), wallNowMs: 0 };
  const resolved = resolveDesired(head, { ...question, background: NO_BACKGROUND });
  if ('unresolved' in resolved) return { manifest: null, reasons: [resolved.unresolved] };
  return reconcile({ desired: resolved.desired, current, pods: [], eventNowUs: 1 });
}

describe('a model that nothing asks for any more', () => {
  it('keeps what is live, and says what is missing', () => {
    const reasons = ['releases/prod/late.yaml is not there, which asks for nothing: to stop a model, remove its pods'];
    expect(next(live2)).toEqual({ manifest: null, reasons });
  });

  it.each([
    ['its release', () => true],
    ['its card and records', (path: string) => !path.startsWith('models/late/')],
    ['the whole environment', (path: string) => !path.startsWith('releases/prod/')],
  ])('loses its candidate: %s is gone', (_what, keeps) => {
    const { manifest, reasons } = next(canary2, {}, keeps);
    expect(manifest).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'live' } });
    expect(reasons.join()).toContain('candidate 2 is withdrawn at once');
    expect(next(late(manifest!), {}, keeps).manifest).toBeNull();
  });

  it('keeps it where a file is there and cannot be read: it may ask for it', () => {
    for (const path of ['releases/prod/late.yaml', 'releases/prod/environment.yaml']) {
      const { manifest, reasons } = next(canary2, { [path]: ['torn'] }, (one) => one !== path);
      expect([manifest, reasons.join()]).toEqual([null, expect.stringContaining(`${path} cannot be read: `)]);
    }
  });

  it('goes by a hold to what was live before, and says that it serves on where nothing else could', () => {
    const { manifest, reasons } = next(live2, { [held2]: HOLD });
    expect(manifest).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'held' } });
    expect(reasons.join()).toContain('version 2 was live and is held (bad at night)');
    expect(next(late(manifest!), { [held2]: HOLD }).manifest).toBeNull();
    const both = next(live2, { [held1]: HOLD, [held2]: HOLD });
    expect(both).toMatchObject({ manifest: { champion: 2, rollout: { phase: 'held' } } });
    expect(both.reasons.join()).toContain('serves on, because nothing else is loaded');
  });

  it('loses the pin and the fallback that a hold names, and nothing else', () => {
    const segments = [{ name: 'big', where: 'true', critical: false, package: packageOf(1) }];
    const beside = late(publishedWhere([desiredOf(1), desiredOf(2, { segments, fallback: packageOf(1) })]));
    expect(next(beside).manifest).toBeNull();
    const { manifest } = next(beside, { [held1]: HOLD });
    expect(manifest).toMatchObject({ champion: 2, fallback: null, segments: [{ name: 'big', version: null }] });
  });

  describe('and was signed by hand', () => {
    const emergency = { by: 'Ada', reason: 'the forge is down', atMs: 0 };
    const byHand = (manifest: RolloutManifest) => ({ ...manifest, rollout: { ...manifest.rollout, emergency } });

    it('serves on while nothing else is loaded that could, and says so', () => {
      const alone = late(publishedWhere([desiredOf(2)]));
      const { manifest, reasons } = next(byHand(alone), { [held2]: HOLD });
      expect([manifest, reasons.join()]).toEqual([null, expect.stringContaining('version 2 is live and held by Ada')]);
    });

    it('goes by a hold to what was live before, by the same emergency: nobody asks for what it left', () => {
      const { manifest, reasons } = next(byHand(live2), { [held2]: HOLD });
      expect(manifest).toMatchObject({ champion: 1, rollout: { emergency } });
      expect(reasons[1]).toMatch(
        /^version 1 serves by the emergency of Ada \(the forge is down\): it stands until Git/,
      );
      expect(next(late(manifest!), { [held2]: HOLD }).manifest).toBeNull();
    });

    const big = (pin: number) => [{ name: 'big', where: 'true', critical: false, package: packageOf(pin) }];
    it.each([
      ['pin', { segments: big(1) }, { segments: [{ name: 'big', version: null }] }],
      ['fallback', { segments: big(2), fallback: packageOf(1) }, { fallback: null, segments: [{ version: 2 }] }],
    ])('loses the %s that a hold names, and nothing else', (_what, asked, left) => {
      const beside = byHand(late(publishedWhere([desiredOf(1), desiredOf(2, asked)])));
      expect(next(beside).manifest).toBeNull();
      const { manifest } = next(beside, { [held1]: HOLD });
      expect(manifest).toMatchObject({ champion: 2, ...left, rollout: { emergency } });
      expect(next(late(manifest!), { [held1]: HOLD }).manifest).toBeNull();
    });
  });
});
