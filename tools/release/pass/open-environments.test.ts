import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openBlobStore } from '@signalbox/serving/stores';
import { timestampKey } from '@signalbox/serving/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestWorld,
  digestOf,
  podAt,
  putPackages,
  recordOf,
  type TestWorld,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { segmentOf, writeSegment, writeStatus } from '../../../tests/support/written-evidence.js';
import { buildRoot, mintKeys, rotateKey } from '../../trust/index.js';
import { readStatus } from '../status/read.js';
import type { DaemonEvents } from './daemon.js';
import { runDaemons } from './daemon-environments.js';
import { openPlace, openReconciler, type ReconcilerAddress } from './open-environment.js';
import { allEnvironments, type EnvironmentOutcome, reconcileEach } from './open-environments.js';
import { runPass } from './pass.js';

const RELEASE = { version: 1, strategy: 'canary' };

describe('several environments in one call', () => {
  let world: TestWorld;

  /** Prod promotes what was live in staging for an hour; dev has no root yet, and the document of moon is broken. */
  beforeAll(async () => {
    const prod = worldDocuments()['releases/prod/environment.yaml'] as object;
    world = await createTestWorld();
    const keys = await mintKeys({ dir: join(world.folder, '.signalbox', 'keys'), environment: 'staging' });
    const stores = {
      artifacts: '.signalbox/staging',
      log: '.signalbox/staging-log',
      online: '.signalbox/staging-online',
    };
    await putPackages(openBlobStore(join(world.folder, '.signalbox', 'staging')));
    await world.commit({
      'releases/staging/root.json': Buffer.from(buildRoot(keys, { nowMs: Date.now() })).toString('utf8'),
      ...toYaml({
        'releases/prod/environment.yaml': { ...prod, promotesFrom: { environment: 'staging', soak: '1h' } },
        'releases/staging/environment.yaml': { ...prod, stores },
        'releases/dev/environment.yaml': prod,
        'releases/moon/environment.yaml': { ...prod, clock: 'sun' },
        'releases/prod/late.yaml': RELEASE,
        'releases/staging/late.yaml': RELEASE,
      }),
    });
  });
  afterAll(() => world.remove());

  async function pass(nowMs = Date.now()): Promise<ReadonlyMap<string, EnvironmentOutcome>> {
    const address = { repo: world.folder, wallNow: () => nowMs };
    const place = await openPlace(address);
    const addresses = (await allEnvironments(place)).map((environment) => ({ ...address, environment }));
    const outcomes = await reconcileEach(place, addresses);
    return new Map(outcomes.map((one) => [one.environment, one]));
  }

  const reasonsOf = (outcome: EnvironmentOutcome | undefined): string =>
    outcome && 'result' in outcome ? outcome.result.models.flatMap(({ reasons }) => reasons).join('; ') : 'failed';
  const championOf = (outcome: EnvironmentOutcome | undefined): number | undefined =>
    outcome && 'result' in outcome ? outcome.result.published.manifests.get('late')?.champion : undefined;

  it('hold only those back that something is wrong with', async () => {
    const outcomes = await pass();
    expect([...outcomes.keys()]).toEqual(['dev', 'moon', 'prod', 'staging']);
    expect(outcomes.get('dev')).toMatchObject({
      error: { code: 'trust/unverified', hint: expect.stringContaining('keys mint --env dev') },
    });
    expect(outcomes.get('moon')).toMatchObject({ error: { code: 'input/unknown-reference' } });
    expect(championOf(outcomes.get('staging'))).toBe(1);
  });

  it('hold only that one back that nobody foresaw what is wrong with, and tell it as a bug', async () => {
    const address = { repo: world.folder, wallNow: Date.now };
    const place = await openPlace(address);
    const outcomes = await reconcileEach(place, [
      { ...address, environment: 'staging' },
      { ...address, environment: 'prod', monotonicNow: unforeseen },
    ]);
    expect(outcomes).toMatchObject([
      { environment: 'staging', result: { signed: expect.any(String) } },
      { environment: 'prod', error: { code: 'internal/bug', message: 'x is not a function' } },
    ]);
  });

  const unforeseen = (): never => {
    throw new TypeError('x is not a function');
  };

  it('let a version into one of them only after it was live in the other for as long as is asked', async () => {
    const early = await pass();
    expect(championOf(early.get('prod'))).toBeUndefined();
    const needed = 'version 1 must be live in staging for 1h';
    expect(reasonsOf(early.get('prod'))).toContain(`${needed}, and no pod that runs there has applied it`);
    await reportFromStaging({ 1: [0, 0] });
    expect(reasonsOf((await pass()).get('prod'))).toContain(`${needed}, and it has answered no request there`);
    await reportFromStaging({ 1: [5, 0] });
    expect(reasonsOf((await pass()).get('prod'))).toContain(`${needed}, and that is not over before 2`);
    const laterMs = Date.now() + 3_700_000;
    await reportFromStaging({ 1: [5, 0] }, laterMs);
    expect(championOf((await pass(laterMs)).get('prod'))).toBe(1);
  });

  it('send a segment to a version only after it answered one, or was live, in the other for as long', async () => {
    const card = worldDocuments()['models/late/model.yaml'] as { readonly serving: object };
    const segments = [{ name: 'big', where: 'value > 10.0' }];
    const pinned = { ...RELEASE, segments: { big: { version: 3 } } };
    const againstFirst = { ...recordOf(3).boundTo, champion: digestOf(1) };
    await world.commit(
      toYaml({
        'models/late/model.yaml': { ...card, serving: { ...card.serving, segments } },
        'models/late/versions/3.yaml': recordOf(3, { boundTo: againstFirst }),
        'releases/prod/late.yaml': pinned,
      }),
    );
    const nowMs = Date.now() + 3_700_000;
    const pinOf = (outcome: EnvironmentOutcome | undefined) =>
      outcome && 'result' in outcome && outcome.result.published.manifests.get('late')?.segments[0]?.version;
    const before = (await pass(nowMs)).get('prod');
    const needed = 'version 3, which the release names too, must be live in staging for 1h';
    expect([pinOf(before), reasonsOf(before)]).toEqual([
      undefined,
      expect.stringContaining(`${needed}, and it is not live`),
    ]);
    await world.commit(toYaml({ 'releases/staging/late.yaml': pinned }));
    expect(pinOf((await pass(nowMs)).get('staging'))).toBe(3);
    const about = { serial: 3, route: 'segment' } as const;
    await reportFromStaging({ 3: [5, 0] }, nowMs, about);
    // The rollout there entered its stage an hour before: the pin counts from its own time.
    expect(reasonsOf((await pass(nowMs)).get('prod'))).toContain(`${needed}, and that is not over before 2`);
    const laterMs = nowMs + 3_700_000;
    await reportFromStaging({ 3: [5, 0] }, laterMs, about);
    expect(pinOf((await pass(laterMs)).get('prod'))).toBe(3);
    await world.commit(toYaml({ 'releases/staging/late.yaml': RELEASE, 'releases/prod/late.yaml': RELEASE }));
  });

  async function reportFromStaging(
    counts: Parameters<typeof podAt>[2],
    nowMs = Date.now(),
    { route, serial = 1 }: { readonly serial?: number; readonly route?: 'segment' } = {},
  ): Promise<void> {
    const store = openBlobStore(join(world.folder, '.signalbox', 'staging'));
    const { cells: counted, status } = podAt('pod-1', serial, counts);
    const cells = route === undefined ? counted : counted.slice(0, 1).map((cell) => ({ ...cell, route }));
    const said = { ...status, environment: 'staging', writtenAtMs: nowMs };
    const { evidence, pod } = said;
    const at = { environment: 'staging', pod, ...evidence, fromWallMs: 0, toWallMs: nowMs };
    await writeSegment(store, segmentOf(cells, at));
    await writeStatus(store, said);
  }

  it('wait where what the other runs cannot be read', async () => {
    const store = openBlobStore(join(world.folder, '.signalbox', 'staging'));
    await store.write(timestampKey('staging'), '{}');
    await world.commit(toYaml({ 'releases/prod/late.yaml': { version: 2, strategy: 'direct' } }));
    expect(reasonsOf((await pass()).get('prod'))).toContain('what staging runs cannot be read');
  });

  it('run as daemons side by side, and one that cannot start is told while the others go on', async () => {
    const address = { repo: world.folder, wallNow: Date.now };
    const place = await openPlace(address);
    const said: string[] = [];
    const stop = new AbortController();
    const eventsOf = (environment: string): DaemonEvents => ({
      onOutcome: () => {
        said.push(`${environment} passes`);
        stop.abort();
      },
      onFailure: () => said.push(`${environment} fails`),
      onHeldUp: () => undefined,
      onPromotion: () => undefined,
      onWithdrawal: () => undefined,
      onRecovered: () => undefined,
    });
    const addresses: ReconcilerAddress[] = ['dev', 'prod'].map((environment) => ({ ...address, environment }));
    const broken = Object.defineProperty({ ...address, environment: 'staging' }, 'keyLine', { get: unforeseen });
    await runDaemons({ place, addresses: [broken, ...addresses], signal: stop.signal, random: () => 0, eventsOf });
    expect(said).toHaveLength(3);
    expect(said).toEqual(expect.arrayContaining(['staging fails', 'dev fails', 'prod passes']));
  });
});

it('a daemon signs on with the keys that a rotation has put in the place of its own, and status says whose keys are worth nothing', async () => {
  const world = await createTestWorld();
  try {
    await world.commit(toYaml({ 'releases/prod/late.yaml': RELEASE }));
    const { address } = world;
    const opened = await openReconciler(address);
    const first = await runPass(opened.tools, null);
    const dir = join(world.folder, '.signalbox', 'keys');
    const { publisher } = opened.tools;
    for (const kind of ['timestamp', 'rollout'] as const) {
      const { rootVersion } = await rotateKey({ ...publisher, dir, kind, timestampValidityMs: 86_400_000 });
      expect(rootVersion).toBe(kind === 'rollout' ? null : 3);
    }
    await world.commit(toYaml({ 'releases/prod/late.yaml': { version: 2, strategy: 'direct' } }));
    expect((await readStatus(address)).notes).toEqual([]);
    expect((await runPass(opened.tools, first).finally(opened.close)).signed).toBe('manifests');

    await rename(join(dir, 'prod', 'timestamp-2.pem'), join(dir, 'prod', 'retired', 'timestamp-2.pem'));
    await rename(join(dir, 'prod', 'retired', 'timestamp-1.pem'), join(dir, 'prod', 'timestamp-1.pem'));
    const { notes } = await readStatus({ ...address, wallNow: () => Date.now() + 4 * 3_600_000 });
    expect(notes.join('\n')).toMatch(/nobody has signed anything for prod since .* pods take nothing new after/);
    expect(notes.join('\n')).toContain('the newest root names none of its timestamp keys');
  } finally {
    await world.remove();
  }
});
