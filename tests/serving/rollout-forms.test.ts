import type { ManifestPackage, PodModelStatus, PodStatus, RolloutManifest } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PodReports } from '../../tools/evidence/index.js';
import { brittleOnnx } from '../support/onnx-models.js';
import { type PodProcess, startPod, until } from '../support/pod-process.js';
import { MODEL, ServingWorld } from '../support/serving-world.js';

const REQUEST = { entities: { route: { origin: 'ATL', destination: 'LAX' } }, request: { distance: 500 } };

describe('a pod in the forms of a rollout', () => {
  let world: ServingWorld;
  let pod: PodProcess;
  let v1: ManifestPackage;
  let v2: ManifestPackage;
  let brittle: ManifestPackage;
  let serial = 0;

  const statusOf = async ({ address }: PodProcess): Promise<PodModelStatus | null> =>
    ((await (await fetch(`${address}/v1/status`)).json()) as PodStatus).models[MODEL] ?? null;
  const metrics = async (): Promise<string> => (await fetch(`${pod.address}/metrics`)).text();

  /** What the pod says when it has applied the manifest, or refused it. */
  async function follow(packages: readonly ManifestPackage[], changes: Partial<RolloutManifest>) {
    await world.publish(world.manifest(packages, changes));
    serial += 1;
    return until(async () => {
      const status = await statusOf(pod);
      return status?.appliedSerial === serial || status?.rejected?.serial === serial ? status : null;
    });
  }

  const predict = async (body: object = REQUEST, { address } = pod) => {
    const response = await fetch(`${address}/v1/models/${MODEL}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as object };
  };

  beforeAll(async () => {
    world = await ServingWorld.create();
    await world.fillOnlineStore();
    v1 = await world.addPackage({ version: 1, bias: 1 });
    v2 = await world.addPackage({ version: 2, bias: 2 });
    brittle = await world.addPackage({ version: 3, onnx: brittleOnnx(6) });
    await world.initialise();
    pod = await startPod([...world.podArguments('pod-1'), '--evidence-interval', '50ms']);
  });
  afterAll(async () => {
    pod?.process.kill('SIGKILL');
    await world?.remove();
  });

  it('says how critical its model is and what it may cost', async () => {
    const limits = { timeoutMs: 500, priority: 'critical', costClass: 'large' } as const;
    expect(await follow([v1], { limits })).toMatchObject({ limits, breaker: null });
    expect(await metrics()).toMatch(
      /signalbox_model_info\{model="flight-delay",priority="critical",cost_class="large"\} 1/,
    );
  });

  it('cuts a candidate off by itself that passes its golden inputs and fails live, and drops no request', async () => {
    const applied = await follow([v1, brittle], { candidate: 3, candidateBuckets: 10_000 });
    expect(applied).toMatchObject({ appliedSerial: serial, breaker: null });
    const breaker = await until(async () => {
      expect(await predict()).toMatchObject({ status: 200, body: { version: 1, role: 'champion' } });
      return (await statusOf(pod))!.breaker;
    });
    expect(breaker).toMatchObject({ version: 3, serial, reason: expect.stringMatching(/^it failed \d+ of \d+ req/) });
    const degraded = 'candidate version 3 is asked no more, because it failed too often';
    expect((await predict()).body).toMatchObject({ version: 1, degraded });
    expect(await metrics()).toMatch(/signalbox_breaker_open\{model="flight-delay"\} 1/);
    const written = await until(async () => {
      const { bytes } = (await world.store.read('evidence/prod/pod-1/status.json'))!;
      return (JSON.parse(Buffer.from(bytes).toString()) as PodStatus).models[MODEL]!.breaker;
    });
    expect(written).toEqual(breaker);
  });

  it('asks it again under the next manifest', async () => {
    expect(await follow([v1, brittle], { candidate: 3, candidateBuckets: 10_000 })).toMatchObject({ breaker: null });
    expect((await predict()).body).toMatchObject({ degraded: 'candidate version 3 gave no finite score' });
  });

  it('refuses conditions that cannot be compiled, and serves on, by another champion if that is what they come with', async () => {
    const segments = [{ name: 'far', where: 'distance > "far"', version: null }];
    const status = await follow([v1, v2], { segments });
    expect(status).toMatchObject({ appliedSerial: serial - 1, rejected: { serial } });
    expect(status.rejected?.reason).toMatch(/the segment "far": no operator int > string/);
    expect(await predict()).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await follow([v2, v1], { segments })).toMatchObject({ appliedSerial: serial - 2, rejected: { serial } });
    await expect.poll(predict).toMatchObject({ status: 200, body: { version: 2 } });
  });

  it('that has nothing better serves the champion of such a manifest, and says that it rejects it', async () => {
    const fresh = await startPod(world.podArguments('pod-2'));
    try {
      const status = await until(async () => {
        const found = await statusOf(fresh);
        return found?.limits == null ? null : found;
      });
      expect(status).toMatchObject({ appliedSerial: null, rejected: { serial } });
      expect(await predict(REQUEST, fresh)).toMatchObject({ status: 200, body: { version: 2, role: 'champion' } });
    } finally {
      fresh.process.kill('SIGKILL');
    }
  });

  it('sends segments where the release says, and is believed by segment and unit', async () => {
    const segments = [
      { name: 'old-input', where: 'carrier == "DL"', version: 2 },
      { name: 'long', where: 'distance > 1000', version: 2 },
      { name: 'atlanta', where: 'route.origin == "ATL"', version: null },
    ];
    expect(await follow([v1, v2], { segments })).toMatchObject({ appliedSerial: serial, rejected: null });
    expect(await metrics()).toMatch(/signalbox_idle_segments\{model="flight-delay"\} 1/);
    const long = { ...REQUEST, request: { distance: 2_000 } };
    expect((await predict(long)).body).toMatchObject({ version: 2, role: 'segment', segment: 'long' });
    for (const unit of ['a', 'b', 'c'])
      expect((await predict({ ...REQUEST, unit })).body).toMatchObject({ version: 1, segment: 'atlanta' });
    const reports = new PodReports(world.store, Date.now);
    const cells = await until(async () => {
      const [report] = await reports.read({ environment: 'prod', models: [MODEL], staleMs: 60_000 });
      // The status of a moment ago is about the manifest before.
      const found = report!.models.get(MODEL)?.cells.filter((cell) => cell.serial === serial) ?? [];
      return found.reduce((all, { asked }) => all + asked, 0) === 4 ? found : null;
    });
    const brief = cells.map(({ route, segment, version, asked }) => `${route} ${version} in ${segment}: ${asked}`);
    expect(brief.sort()).toEqual(['champion 1 in atlanta: 3', 'segment 2 in long: 1']);
    for (const { asked, units } of cells) expect(units.reduce((all, one) => all + one, 0)).toBe(asked);
  });
});
