import { once } from 'node:events';
import { connect } from 'node:net';
import { type EvidenceSegment, type PodStatus, type PredictionRecord, parseSegmentKey } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PodReports } from '../../tools/evidence/index.js';
import { type PodProcess, startPod, until } from '../support/pod-process.js';
import { BUNDLE_2, HOUR_US, MODEL, NOW_US, ServingWorld, sigmoid } from '../support/serving-world.js';

const request = {
  entities: { route: { origin: 'ATL', destination: 'LAX' }, origin: 'ATL' },
  request: { distance: 500 },
};

interface Answer {
  readonly prediction: number;
  readonly ignored: string[];
  readonly features: Record<string, { value: number | null; status: string }>;
  readonly token: { views: object };
}

describe('a pod', () => {
  let world: ServingWorld;
  let pod: PodProcess;

  const predict = async (body: object = request) => {
    const response = await fetch(`${pod.address}/v1/models/${MODEL}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const status = async () => (await (await fetch(`${pod.address}/v1/status`)).json()) as PodStatus;
  const applied = (serial: number) =>
    until(async () => ((await status()).models[MODEL]?.appliedSerial === serial ? true : null));

  beforeAll(async () => {
    world = await ServingWorld.create();
    await world.fillOnlineStore();
    await world.initialise();
    pod = await startPod([...world.podArguments('pod-1'), '--evidence-interval', '50ms']);
  });
  afterAll(async () => {
    pod?.process.kill('SIGKILL');
    await world?.remove();
  });

  it('listens quickly, lives, and says why it is not ready before anything is published', async () => {
    expect(pod.listenCpuMs).toBeLessThan(3_000);
    expect((await fetch(`${pod.address}/livez`)).status).toBe(200);
    const ready = await fetch(`${pod.address}/readyz`);
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { reasons: string[] }).reasons).toEqual([expect.stringMatching(/no manifest/)]);
    expect((await predict()).status).toBe(503);
  });

  it('follows the published manifest: fetches, loads, answers', async () => {
    const v1 = await world.addPackage({ version: 1, bias: 1 });
    await world.publish(world.manifest([v1]));
    await applied(1);
    expect((await fetch(`${pod.address}/readyz`)).status).toBe(200);
    expect((await fetch(`${pod.address}/v2/models/other/ready`)).status).toBe(404);
    const { status: code, body } = await predict({ ...request, at: NOW_US, include: ['features'] });
    expect(code).toBe(200);
    expect(body).toMatchObject({
      model: MODEL,
      version: 1,
      serial: 1,
      role: 'champion',
      degraded: null,
      package: v1.digest,
    });
    expect(body.prediction).toBeCloseTo(sigmoid(1), 5);
    expect(body.ignored).toEqual(['entities.origin']);
    expect(body.features['route_delays.count_24h']).toMatchObject({ value: 10, status: 'PRESENT' });
    expect(body.features['route_delays.mean_24h']?.value).toBe(10);
    expect((await predict({ ...request, at: NOW_US + HOUR_US })).status).toBe(200);
    expect((await predict({ ...request, at: '9999-01-01T00:00:00Z' })).status).toBe(400);
    expect((await status()).eventNowUs).toBe(NOW_US);
    expect(body.features['flight_request.hour']?.value).toBe(12);
    expect(Object.values(body.token.views)).toHaveLength(1);
  });

  it('swaps versions without dropping a request', async () => {
    const v1 = await world.addPackage({ version: 1, bias: 1 });
    const v2 = await world.addPackage({ version: 2, bias: 2, bundle: BUNDLE_2 });
    let stop = false;
    const statuses: number[] = [];
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!stop) statuses.push((await predict()).status);
      }),
    );
    await world.publish(world.manifest([v1, v2], { candidate: 2, candidateBuckets: 10_000 }));
    await applied(2);
    expect((await predict()).body).toMatchObject({ version: 2, role: 'candidate', serial: 2 });
    await world.publish(world.manifest([v2, v1], { champion: 2 }));
    await applied(3);
    expect((await predict()).body).toMatchObject({ version: 2, role: 'champion', serial: 3 });
    await world.publish(world.manifest([v1, v2], { champion: 1 }));
    await applied(4);
    expect((await predict()).body).toMatchObject({ version: 1, role: 'champion', serial: 4 });
    stop = true;
    await load;
    expect(statuses.length).toBeGreaterThan(20);
    expect(statuses.filter((code) => code !== 200)).toEqual([]);
    const metrics = await (await fetch(`${pod.address}/metrics`)).text();
    expect(metrics).toMatch(/signalbox_manifest_serial\{model="flight-delay"\} 4/);
    expect(metrics).toMatch(/signalbox_swaps_total\{model="flight-delay"\} 4/);
  });

  it('serves on when clients hang up in the middle of a request or an answer', async () => {
    const { hostname, port } = new URL(pod.address);
    const body = JSON.stringify(request);
    const head = `POST /v1/models/${MODEL}/predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
    const whole = `${head}content-length: ${body.length}\r\n\r\n${body}`;
    const pieces = [whole, whole.slice(0, -10), head, 'nonsense\r\n\r\n', whole.repeat(20)];
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(pieces[index % pieces.length]!);
        if (index % 2 === 0) await new Promise((resolve) => setTimeout(resolve, index % 7));
        socket.destroy();
      }),
    );
    expect((await predict()).status).toBe(200);
    expect(pod.process.exitCode).toBeNull();
  });

  it('stops within two seconds, with what it logged written', async () => {
    pod.process.kill('SIGTERM');
    const stoppedMs = performance.now();
    const [code] = await once(pod.process, 'exit');
    expect(code).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(2_000);
    const records = await world.readLines<PredictionRecord>('evidence/prod/pod-1/predictions/');
    expect(records.length).toBeGreaterThan(20);
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  });

  it('has counted every answer that it logged, in segments without a gap, the last of which its status names', async () => {
    const prefix = 'evidence/prod/pod-1/segments/';
    const segments = await world.readLines<EvidenceSegment>(prefix);
    const keys: string[] = [];
    for await (const { key } of world.store.list(prefix)) keys.push(key);
    expect(segments.map(({ sequence }) => sequence)).toEqual(segments.map((_, at) => at + 1));
    expect(keys.map((key) => parseSegmentKey(key)?.sequence)).toEqual(segments.map(({ sequence }) => sequence));
    const status = JSON.parse(String(Buffer.from((await world.store.read('evidence/prod/pod-1/status.json'))!.bytes)));
    expect((status as PodStatus).evidence).toEqual({ run: segments[0]!.run, sequence: segments.length });
    const logged = await world.readLines<PredictionRecord>('evidence/prod/pod-1/predictions/');
    const key = ({ version, serial }: { version: number; serial: number }): string => `${version} at ${serial}`;
    const tally = (sums: Record<string, number>, [name, count]: [string, number]) => {
      sums[name] = (sums[name] ?? 0) + count;
      return sums;
    };
    const cells = segments.flatMap((segment) => segment.cells);
    const counted = cells.map((cell): [string, number] => [key(cell), cell.asked]).reduce(tally, {});
    expect(counted).toEqual(logged.map((record): [string, number] => [key(record), 1]).reduce(tally, {}));
  });

  it('is believed by the reader of evidence: what it counted under the manifest that it applied last, and nothing wrong', async () => {
    const reports = new PodReports(world.store, Date.now);
    const [report] = await reports.read({ environment: 'prod', models: [MODEL], staleMs: 60_000 });
    expect(report).toMatchObject({ pod: 'pod-1', fresh: true, problem: null });
    const logged = await world.readLines<PredictionRecord>('evidence/prod/pod-1/predictions/');
    const { cells, problem } = report!.models.get(MODEL)!;
    expect(problem).toBeNull();
    expect(cells).toMatchObject([{ route: 'champion', version: 1, serial: 4, failed: {}, degraded: 0 }]);
    expect(cells[0]!.asked).toBe(logged.filter(({ serial }) => serial === 4).length);
  });
});
