import type { ManifestPackage, RolloutManifest } from '@signalbox/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleOf, MODEL, ServingWorld } from '../../tests/support/serving-world.js';
import { type OnlineStore, openOnlineStore } from '../stores/index.js';
import { createMetrics, type EvidenceRecorder } from '../telemetry/index.js';
import { ModelHost } from './model-host.js';

const FRESH = { staleMs: 0, frozen: false };
const RETRY_MS = 5_000;
/** As of a version whose definitions nobody has filled. */
const [REQUEST_VIEW, ROUTE_VIEW] = bundleOf('flight_request', 'route_delays').views;
const NEW_VIEW = { ...ROUTE_VIEW!, digest: `sha256:${'9'.repeat(64)}` } as NonNullable<typeof ROUTE_VIEW>;
const NEW_BUNDLE = { ...bundleOf('flight_request', 'route_delays'), views: [REQUEST_VIEW!, NEW_VIEW] };

describe('a pod that cannot use what stands beside the rollout', () => {
  let world: ServingWorld;
  let online: OnlineStore;
  let host: ModelHost;
  let v1: ManifestPackage;
  let v2: ManifestPackage;
  let events: string[];
  let wallMs: number;
  /** Serials. */
  const counted: number[] = [];

  const recorder = {
    version: ({ serial }: { readonly serial: number }) => {
      counted.push(serial);
      return null as never;
    },
  } as unknown as EvidenceRecorder;

  beforeEach(async () => {
    world = await ServingWorld.create();
    await world.fillOnlineStore();
    online = openOnlineStore(world.path('online'));
    [events, wallMs] = [[], 0];
    host = new ModelHost({
      ...{ model: MODEL, artifacts: world.store, cacheDir: world.path('cache'), online, evidence: recorder },
      ...{ metrics: createMetrics(), now: () => performance.now(), wallNow: () => wallMs },
      onChange: (event) => events.push(event),
    });
    [v1, v2] = [await world.addPackage({ version: 1, bias: 1 }), await world.addPackage({ version: 2, bias: 2 })];
  });
  afterEach(async () => {
    await host.close();
    await online.close();
    await world.remove();
  });

  const status = () => host.status(FRESH);
  /** Version 2 is tried, and version 3 stands beside it. */
  const beside = (three: ManifestPackage, changes: Partial<RolloutManifest> = {}): RolloutManifest => ({
    ...world.manifest([v1, v2, three], { candidate: 2, candidateBuckets: 5_000, fallback: 3 }),
    segments: [{ name: 'far', where: 'distance > 1000', version: 3 }],
    ...changes,
  });
  const usable = () => [...host.table!.versions.values()].flatMap(({ loaded }) => loaded?.version ?? []).sort();

  it('serves the rest of the manifest, and hears of the next', async () => {
    const broken = await world.addPackage({ version: 3, golden: { scores: [0.9] } });
    await host.follow(world.manifest([v1]));
    const first = beside(broken);
    await host.follow(first);
    const unusable = [{ version: 3, broken: true, reason: expect.stringMatching(/golden row 0: expected 0.9/) }];
    expect(status()).toMatchObject({ appliedSerial: first.serial, rejected: null, unusable });
    expect(usable()).toEqual([1, 2]);
    expect(events.at(-1)).toMatch(new RegExp(`^serves manifest ${first.serial} without version 3: .*golden row 0`));
    const held = { ...world.manifest([v1, broken], { fallback: 3 }) };
    await host.follow(held);
    expect(status()).toMatchObject({ appliedSerial: held.serial, unusable });
    const without = world.manifest([v1]);
    await host.follow(without);
    expect(status()).toMatchObject({ appliedSerial: without.serial, unusable: [] });
  });

  it('starts with what it can use', async () => {
    const broken = await world.addPackage({ version: 3, golden: { scores: [0.9] } });
    const first = beside(broken);
    await host.follow(first);
    expect(status()).toMatchObject({ appliedSerial: first.serial, rejected: null, unusable: [{ version: 3 }] });
    expect(usable()).toEqual([1, 2]);
  });

  it('takes it up once its feature views are filled, by the same manifest, and asks nobody again that it has cut off', async () => {
    const waiting = await world.addPackage({ version: 3, bundle: NEW_BUNDLE });
    const manifest = beside(waiting);
    await host.follow(manifest);
    const fill = `signalbox materialize --env prod --backfill ${MODEL}@3`;
    const reason = `the online store does not hold the feature views route_delays yet (${fill})`;
    expect(status().unusable).toEqual([{ version: 3, broken: false, reason }]);
    expect([usable(), status().loaded.length]).toEqual([[1, 2], 3]);
    const [before, { breakers }] = [host.table, host.table!];
    const failure = { attempt: { role: 'candidate', version: 2 }, failure: { kind: 'not-finite' } } as const;
    for (let nowMs = 0; nowMs < 2_000; nowMs += 100) breakers.failed(failure, { nowMs, wallMs });
    expect(status().breaker).toMatchObject({ version: 2 });

    wallMs += RETRY_MS;
    await host.follow(manifest);
    expect(host.table).toBe(before);
    await online.registerView(NEW_VIEW as Parameters<OnlineStore['registerView']>[0], {});
    wallMs += RETRY_MS - 1;
    await host.follow(manifest);
    expect(host.table).toBe(before);
    wallMs += 1;
    await host.follow(manifest);
    expect(usable()).toEqual([1, 2, 3]);
    expect(status()).toMatchObject({ appliedSerial: manifest.serial, unusable: [], breaker: { version: 2 } });
    expect(events.at(-1)).toBe(`serves manifest ${manifest.serial}`);
    const whole = host.table;
    wallMs += RETRY_MS;
    await host.follow(manifest);
    expect(host.table).toBe(whole);
  });

  describe('while it refuses what is tried', () => {
    const OTHER_BUNDLE = {
      ...NEW_BUNDLE,
      views: [REQUEST_VIEW!, { ...NEW_VIEW, digest: `sha256:${'8'.repeat(64)}` } as typeof NEW_VIEW],
    };
    const far = { name: 'far', where: 'distance > 1000', version: 3 };
    let v3: ManifestPackage;
    /** Its views are filled by nobody. */
    let v5: ManifestPackage;
    beforeEach(async () => {
      v3 = await world.addPackage({ version: 3, bias: 3 });
      v5 = await world.addPackage({ version: 5, bundle: OTHER_BUNDLE });
    });

    const tried = (packages: ManifestPackage[], changes: Partial<RolloutManifest> = {}) =>
      world.manifest([v1, v5, ...packages], { candidate: 5, candidateBuckets: 5_000, ...changes });
    const about5 = [{ version: 5, broken: false }];

    it('leaves what the manifest has left, and counts nothing under that one', async () => {
      const taken = world.manifest([v2, v1]);
      await host.follow(taken);
      const broken = await world.addPackage({ version: 4, golden: { scores: [0.9] } });
      const held = world.manifest([v1, broken], { candidate: 4, candidateBuckets: 5_000 });
      counted.length = 0;
      await host.follow(held);
      expect(status()).toMatchObject({ appliedSerial: taken.serial, servedSerial: held.serial });
      expect(status().rejected).toMatchObject({ serial: held.serial, versions: [{ version: 4, broken: true }] });
      expect(host.table).toMatchObject({ champion: { version: 1 }, manifest: { candidate: null } });
      expect(new Set(counted)).toEqual(new Set([taken.serial]));
    });

    it('serves all that stands beside it, through each hold and edit, and tries it once it can', async () => {
      const taken = world.manifest([v1, v2, v3], { fallback: 2, segments: [far] });
      await host.follow(taken);
      const waits = tried([v2, v3], { fallback: 2, segments: [far] });
      await host.follow(waits);
      expect(host.table?.manifest).toMatchObject({
        candidate: null,
        candidateBuckets: 0,
        fallback: 2,
        segments: [far],
      });
      expect(usable()).toEqual([1, 2, 3]);
      const held = tried([v3], { segments: [far], limits: { ...taken.limits, timeoutMs: 40 } });
      await host.follow(held);
      expect(host.table?.manifest).toMatchObject({ fallback: null, segments: [far], limits: { timeoutMs: 40 } });
      expect(usable()).toEqual([1, 3]);
      const { rejected, ...said } = status();
      expect(said).toMatchObject({ appliedSerial: taken.serial, servedSerial: held.serial, unusable: [] });
      expect(rejected).toMatchObject({ serial: held.serial, versions: about5 });
      expect(events.at(-1)).toBe(`serves the rest of manifest ${held.serial}`);
      const [left, many] = [host.table, events.length];
      wallMs += RETRY_MS;
      await host.follow(held);
      expect([host.table === left, events.length]).toEqual([true, many]);

      await online.registerView(OTHER_BUNDLE.views[1] as Parameters<OnlineStore['registerView']>[0], {});
      wallMs += RETRY_MS;
      counted.length = 0;
      await host.follow(held);
      expect(status()).toMatchObject({ appliedSerial: held.serial, servedSerial: held.serial, rejected: null });
      expect([host.table?.manifest, new Set(counted)]).toEqual([held, new Set([held.serial])]);
    });

    it('has the champion answer a segment that has the version that is refused', async () => {
      const pinned = { ...far, version: 5 };
      await host.follow(tried([v3], { segments: [pinned], fallback: 3 }));
      expect(host.table?.manifest).toMatchObject({ segments: [pinned], fallback: 3 });
      expect(usable()).toEqual([1, 3]);
      expect(status()).toMatchObject({ appliedSerial: null, rejected: { versions: about5 }, unusable: about5 });
    });

    it('takes a pin up once that can be used, of what it serves as of a last good manifest', async () => {
      const waiting = await world.addPackage({ version: 6, bundle: NEW_BUNDLE });
      const segments = [{ ...far, version: 6 }];
      const [first, second] = [world.manifest([v1, waiting], { segments }), tried([waiting], { segments })];
      await host.follow(first);
      await host.follow(second);
      expect(status()).toMatchObject({ appliedSerial: first.serial, servedSerial: second.serial });
      // Nothing of this one can be served: its champion cannot be used.
      const third = world.manifest([v5, v1]);
      await host.follow(third);
      expect(status()).toMatchObject({
        servedSerial: second.serial,
        rejected: { serial: third.serial, versions: about5 },
      });
      expect([usable(), status().unusable]).toEqual([[1], [{ version: 6, broken: false, reason: expect.anything() }]]);
      await online.registerView(NEW_VIEW as Parameters<OnlineStore['registerView']>[0], {});
      wallMs += RETRY_MS;
      counted.length = 0;
      await host.follow(third);
      expect([usable(), status().unusable]).toEqual([[1, 6], []]);
      expect(status()).toMatchObject({ servedSerial: second.serial, rejected: { serial: third.serial } });
      expect(new Set(counted)).toEqual(new Set([first.serial]));
      expect(events.at(-1)).toBe(`serves the rest of manifest ${second.serial}`);
    });

    it('takes a pin up also where it serves the rest of the manifest that it refuses', async () => {
      const waiting = await world.addPackage({ version: 6, bundle: NEW_BUNDLE });
      const wanted = tried([waiting], { segments: [{ ...far, version: 6 }] });
      await host.follow(wanted);
      expect(usable()).toEqual([1]);
      await online.registerView(NEW_VIEW as Parameters<OnlineStore['registerView']>[0], {});
      wallMs += RETRY_MS;
      await host.follow(wanted);
      expect([usable(), status().unusable]).toEqual([[1, 6], []]);
      expect(status()).toMatchObject({ appliedSerial: null, rejected: { versions: about5 } });
    });

    it('ends with the model, also where no manifest was ever taken', async () => {
      await host.follow(tried([]));
      expect(host.table).not.toBeNull();
      await host.follow(null);
      expect([host.table, events.at(-1)]).toEqual([null, 'withdrawn']);
    });
  });

  it('goes by a rule and by conditions that name what only it knows, whether it can be used or not', async () => {
    const champion = await world.addPackage({ version: 7, bundle: bundleOf('flight_request') });
    const waiting = await world.addPackage({ version: 3, bundle: NEW_BUNDLE });
    const only = NEW_BUNDLE.order.find((name) => name.startsWith('route_delays.'))!;
    const segments = [{ name: 'atlanta', where: 'route.origin == "ATL"', version: 3 }];
    const manifest = world.manifest([champion, waiting], { segments, rule: `${only} > 3.0` });
    await host.follow(manifest);
    expect(status()).toMatchObject({ appliedSerial: manifest.serial, rejected: null, unusable: [{ version: 3 }] });
    // Its requests are degraded: where nobody belonged to the segment, they would follow what is tried.
    expect(host.table?.segments.idle).toEqual([]);
    const broken = await world.addPackage({ version: 3, bundle: NEW_BUNDLE, golden: { scores: [0.9] } });
    const next = { ...world.manifest([champion, broken], { segments, rule: `${only} > 3.0` }) };
    await host.follow(next);
    expect(status()).toMatchObject({ appliedSerial: next.serial, rejected: null, unusable: [{ version: 3 }] });
  });

  it('keeps what serves where nothing of the next can be compiled', async () => {
    const good = world.manifest([v1, v2], { fallback: 2 });
    await host.follow(good);
    const bad = world.manifest([v1, v2], { fallback: 2, rule: '0.2 +' });
    await host.follow(bad);
    expect(status()).toMatchObject({ servedSerial: good.serial, rejected: { serial: bad.serial, versions: [] } });
    const held = world.manifest([v1], { rule: '0.2 +' });
    await host.follow(held);
    expect(status()).toMatchObject({ appliedSerial: good.serial, servedSerial: held.serial });
    expect([usable(), host.table?.rule]).toEqual([[1], null]);
  });
});
