import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ManifestPackage, PodModelStatus, PodStatus, RolloutManifest } from '@signalbox/contracts';
import { blobKey } from '@signalbox/serving/stores';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linearOnnx, slowOnnx } from '../support/onnx-models.js';
import { type PodProcess, startPod, until } from '../support/pod-process.js';
import { bundleOf, MODEL, ServingWorld } from '../support/serving-world.js';

let world: ServingWorld;
let pod: PodProcess | null;
async function prepare(): Promise<void> {
  pod = null;
  world = await ServingWorld.create();
  await world.fillOnlineStore();
  await world.initialise();
}

async function clean(): Promise<void> {
  pod?.process.kill('SIGKILL');
  await world.remove();
}

async function start(name = 'pod-1'): Promise<void> {
  pod = await startPod(world.podArguments(name));
}

const modelStatus = async (): Promise<PodModelStatus | undefined> =>
  ((await (await fetch(`${pod!.address}/v1/status`)).json()) as PodStatus).models[MODEL];
const untilStatus = (holds: (status: PodModelStatus) => boolean) =>
  until(async () => {
    const status = await modelStatus();
    return status !== undefined && holds(status) ? status : null;
  });
const predict = async () => {
  const response = await fetch(`${pod!.address}/v1/models/${MODEL}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ entities: { route: { origin: 'ATL', destination: 'LAX' } }, request: { distance: 500 } }),
  });
  return { status: response.status, body: (await response.json()) as { version: number; degraded: string | null } };
};

describe('a pod that meets a bad package', () => {
  let v1: ManifestPackage;
  let serial: number;
  beforeAll(async () => {
    await prepare();
    v1 = await world.addPackage({ version: 1, bias: 1 });
    await world.publish(world.manifest([v1]));
    await start();
    await untilStatus(({ appliedSerial }) => appliedSerial === 1);
    serial = 1;
  });
  afterAll(clean);

  /** Publishes version 2 as the candidate of everybody, and waits for what the pod makes of it. */
  async function publishSecond(
    second: ManifestPackage,
    changes: Partial<RolloutManifest> = {},
  ): Promise<PodModelStatus> {
    serial += 1;
    await world.publish(world.manifest([v1, second], { candidate: 2, candidateBuckets: 10_000, ...changes }));
    return untilStatus(({ rejected, appliedSerial }) => rejected?.serial === serial || appliedSerial === serial);
  }

  it.each([
    [
      'a truncated model',
      { onnx: linearOnnx({ weights: [0, 0, 0, 0, 0, 0], bias: 0 }).subarray(0, 100) },
      /cannot load/,
    ],
    [
      'a model with another output',
      { onnx: linearOnnx({ weights: [0, 0, 0, 0, 0, 0], bias: 0, output: 'y' }) },
      /expected an output named "score"/,
    ],
    ['golden scores that do not hold', { golden: { scores: [0.9] } }, /golden row 0: expected 0.9/],
    ['the package of another model', { model: 'other' }, /it is a package of the model other/],
  ])('rejects %s with the reason and keeps the last good manifest', async (_, parts, reason) => {
    const status = await publishSecond(await world.addPackage({ version: 2, ...parts }));
    expect(status.appliedSerial).toBe(1);
    expect(status.rejected?.serial).toBe(serial);
    expect(status.rejected?.reason).toMatch(reason);
    expect(status.rejected?.versions).toEqual([{ version: 2, broken: true }]);
    expect((await predict()).body).toMatchObject({ version: 1, degraded: null });
    expect((await fetch(`${pod!.address}/readyz`)).status).toBe(200);
  });

  it('rejects a package whose blob was tampered with in the store', async () => {
    const v2 = await world.addPackage({ version: 2, bias: 2 });
    const manifest = JSON.parse(Buffer.from((await world.store.read(blobKey(v2.digest)))!.bytes).toString());
    await world.store.write(blobKey(manifest.layers[0].digest), 'tampered');
    const status = await publishSecond(v2);
    expect(status).toMatchObject({ appliedSerial: 1, rejected: { serial } });
    expect(status.rejected?.reason).toMatch(/store\/corrupt/);
    expect(status.rejected?.versions).toEqual([{ version: 2, broken: false }]);
  });

  it('waits for feature views that the online store does not hold yet', async () => {
    const destination = bundleOf('flight_request', 'route_delays');
    const [request, route] = destination.views;
    const renamed = {
      ...destination,
      views: [request!, { ...route!, digest: `sha256:${'9'.repeat(64)}` }],
    } as typeof destination;
    const status = await publishSecond(await world.addPackage({ version: 2, bundle: renamed }));
    expect(status.rejected).toMatchObject({
      reason: `version 2: the online store does not hold the feature views route_delays yet (signalbox materialize --env prod --backfill ${MODEL}@2)`,
      versions: [{ version: 2, broken: false }],
    });
    expect((await predict()).body.version).toBe(1);
  });

  it("keeps a bad version that is only kept warm out of nobody's way", async () => {
    const broken = await world.addPackage({ version: 2, golden: { scores: [0.9] } });
    const status = await publishSecond(broken, { candidate: null, candidateBuckets: 0 });
    expect(status).toMatchObject({ appliedSerial: serial, rejected: null, loaded: [{ version: 1 }] });
  });
});

describe('a pod that starts', () => {
  beforeEach(prepare);
  afterEach(clean);

  it('serves the champion alone with a candidate that cannot be loaded, and says so', async () => {
    const v1 = await world.addPackage({ version: 1, bias: 1 });
    const broken = await world.addPackage({ version: 2, golden: { scores: [0.9] } });
    await world.publish(world.manifest([v1, broken], { candidate: 2, candidateBuckets: 10_000 }));
    await start();
    const status = await untilStatus(({ rejected }) => rejected !== null);
    expect(status).toMatchObject({ appliedSerial: null, rejected: { serial: 1 } });
    expect((await predict()).body).toMatchObject({ version: 1, degraded: null });
  });

  it('again serves from its cache while the artifact store is away', async () => {
    const v1 = await world.addPackage({ version: 1, bias: 1 });
    await world.publish(world.manifest([v1]));
    await start();
    await untilStatus(({ appliedSerial }) => appliedSerial === 1);
    pod!.process.kill('SIGTERM');
    await once(pod!.process, 'exit');
    await rm(world.path('artifacts'), { recursive: true });
    await start();
    await untilStatus(({ appliedSerial }) => appliedSerial === 1);
    expect((await predict()).body.version).toBe(1);
  });
});

describe('a pod that is told to stop', () => {
  beforeEach(prepare);
  afterEach(clean);

  it('is gone in two seconds also while a model is in a load that nothing can interrupt', async () => {
    const slow = await world.addPackage({ version: 1, onnx: slowOnnx(6, 20_000), golden: { scores: [0.5] } });
    await world.publish(world.manifest([slow]));
    await start();
    await until(async () =>
      existsSync(join(world.path('cache-pod-1'), 'packages', slow.digest.slice(7))) ? true : null,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await fetch(`${pod!.address}/livez`)).status).toBe(200);
    const stoppedMs = performance.now();
    pod!.process.kill('SIGTERM');
    const [code, signal] = await once(pod!.process, 'exit');
    expect(performance.now() - stoppedMs).toBeLessThan(2_500);
    // By its own hand, once the logs are written: ending the process otherwise waits for the load, and then aborts.
    expect([code, signal]).toEqual([null, 'SIGKILL']);
    expect(await world.store.read('evidence/prod/pod-1/status.json')).not.toBeNull();
  });
});

describe('signalbox-pod serve', () => {
  beforeAll(prepare);
  afterAll(clean);

  it('says which port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const starting = startPod([...world.podArguments('pod-1'), '--port', String(port)]);
    await expect(starting).rejects.toThrow(new RegExp(`environment/port-in-use: port ${port} of 127.0.0.1 is in use`));
    taken.close();
  });

  it('says that the root of trust is wrong before it listens', async () => {
    await writeFile(world.path('root.json'), 'not a root');
    await expect(startPod(world.podArguments('pod-1'))).rejects.toThrow(/error trust\/unverified.*root/s);
  });
});
