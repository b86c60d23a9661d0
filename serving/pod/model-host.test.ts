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

  it('leaves what the manifest that it rejects has left, and counts nothing under that one', async () => {
    const taken = world.manifest([v2, v1]);
    await host.follow(taken);
    const broken = await world.addPackage({ version: 3, golden: { scores: [0.9] } });
    const held = world.manifest([v1, broken], { candidate: 3, candidateBuckets: 5_000 });
    counted.length = 0;
    await host.follow(held);
    expect(status()).toMatchObject({ appliedSerial: taken.serial, rejected: { serial: held.serial } });
    expect(host.table).toMatchObject({ champion: { version: 1 }, manifest: { candidate: null } });
    expect(new Set(counted)).toEqual(new Set([taken.serial]));
  });

  it('still rejects a manifest whose candidate it cannot use, and names the candidate alone', async () => {
    const broken = await world.addPackage({ version: 3, golden: { scores: [0.9] } });
    const good = world.manifest([v1]);
    await host.follow(good);
    const bad = beside(v2, { packages: [v1, v2, broken], candidate: 3, segments: [], fallback: 2 });
    await host.follow(bad);
    const rejected = { serial: bad.serial, versions: [{ version: 3, broken: true }] };
    expect(status()).toMatchObject({ appliedSerial: good.serial, rejected, unusable: [] });
  });
});
