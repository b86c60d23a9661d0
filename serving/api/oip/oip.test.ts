import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiFixture } from '../../../tests/support/api-fixture.js';
import { BUNDLE_2, MODEL, NOW_US, sigmoid } from '../../../tests/support/serving-world.js';

let api: ApiFixture;
beforeAll(async () => {
  api = await ApiFixture.create();
  const v1 = await api.world.addPackage({ version: 1, bias: 1 });
  const v2 = await api.world.addPackage({ version: 2, bias: 2, bundle: BUNDLE_2 });
  await api.serve([v1, v2]);
});
afterAll(() => api.close());

const model = `/v2/models/${MODEL}`;
const get = async (url: string) => {
  const response = await api.app.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
};
const bytes = (name: string, data: unknown[]) => ({ name, datatype: 'BYTES', shape: [data.length], data });
const ROWS = [
  bytes('route.origin', ['ATL', 'XXX', 'ATL']),
  bytes('route.destination', ['LAX', 'YYY', 'LAX']),
  { name: 'distance', datatype: 'INT64', shape: [3, 1], data: [[500], [600], [700]] },
];
const distance = (datatype: string | undefined, value: number) => [
  ...ROWS.slice(0, 2),
  { name: 'distance', datatype, shape: [3], data: [value, value, value] },
];

describe('the Open Inference Protocol', () => {
  it.each(['/v2', '/v2/'])('describes the server at %s', async (url) => {
    expect((await get(url)).body).toEqual({ name: 'signalbox', version: expect.any(String), extensions: [] });
  });

  it('has health answers with bodies, and 503 with Retry-After while it is not ready', async () => {
    expect((await get('/v2/health/live')).body).toEqual({ live: true });
    expect(await get('/v2/health/ready')).toMatchObject({ status: 200, body: { ready: true, live: true } });
    api.ready = false;
    const { status, body, headers } = await get('/v2/health/ready');
    api.ready = true;
    expect([status, body, headers['retry-after']]).toEqual([503, { ready: false, live: true }, '1']);
    expect((await get(`${model}/ready`)).body).toEqual({ name: MODEL, ready: true });
    expect((await get(`${model}/versions/2/ready`)).status).toBe(200);
  });

  it('describes a model by its public inputs', async () => {
    const { body } = await get(model);
    expect(body).toMatchObject({ name: MODEL, versions: ['1', '2'], platform: 'onnx_onnxv1' });
    expect(body.inputs).toEqual([
      { name: 'route.origin', datatype: 'BYTES', shape: [-1] },
      { name: 'route.destination', datatype: 'BYTES', shape: [-1] },
      { name: 'distance', datatype: 'INT64', shape: [-1] },
    ]);
    expect(body.outputs[0]).toEqual({ name: 'prediction', datatype: 'FP64', shape: [-1] });
  });

  it('answers a batch row by row, echoes the id and gives every output', async () => {
    const at = { name: 'at', datatype: 'INT64', shape: [3], data: [NOW_US, NOW_US, NOW_US] };
    const { status, body } = await api.post(`${model}/infer`, { id: 'call-7', inputs: [...ROWS, at] });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model_name: MODEL, model_version: '1', id: 'call-7' });
    const outputs = new Map(
      (body as { outputs: { name: string; data: unknown[] }[] }).outputs.map((each) => [each.name, each]),
    );
    expect([...outputs.keys()]).toEqual(['prediction', 'version', 'role', 'degraded', 'prediction_id']);
    expect(outputs.get('prediction')).toMatchObject({ datatype: 'FP64', shape: [3] });
    for (const score of outputs.get('prediction')!.data) expect(score).toBeCloseTo(sigmoid(1), 5);
    expect(outputs.get('degraded')!.data).toEqual(['', '', '']);
    expect(new Set(outputs.get('prediction_id')!.data).size).toBe(3);
    const records = (await api.logged()).slice(-3);
    expect(records.map(({ request }) => request.distance)).toEqual([500, 600, 700]);
    expect(records.map(({ entities }) => entities.route)).toEqual([
      ['ATL', 'LAX'],
      ['XXX', 'YYY'],
      ['ATL', 'LAX'],
    ]);
  });

  it('names the views that know nothing of an entity in the parameters, and only when there are some', async () => {
    const parameters = async (inputs: unknown[]) =>
      ((await api.post(`${model}/infer`, { inputs })).body as { parameters: Record<string, unknown> }).parameters;
    expect(await parameters(ROWS)).toMatchObject({ missing: 'route_delays' });
    const known = [bytes('route.origin', ['ATL']), bytes('route.destination', ['LAX'])];
    expect(await parameters([...known, { name: 'distance', datatype: 'UINT16', shape: [1], data: [500] }])).toEqual({
      serial: expect.any(Number),
    });
  });

  it('gives only the outputs that were asked for, in that order', async () => {
    const { body } = await api.post(`${model}/infer`, {
      inputs: ROWS,
      outputs: [{ name: 'role' }, { name: 'prediction' }],
    });
    expect((body as { outputs: { name: string }[] }).outputs.map(({ name }) => name)).toEqual(['role', 'prediction']);
  });

  it('asks exactly the version that the path names, and counts it as no evidence', async () => {
    const inputs = [...ROWS, bytes('origin.origin', ['ATL', 'ATL', 'ATL'])];
    api.counted();
    const { status, body } = await api.post(`${model}/versions/2/infer`, { inputs });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model_version: '2' });
    const role = (body as { outputs: { name: string; data: string[] }[] }).outputs.find(({ name }) => name === 'role');
    expect(role?.data).toEqual(['pinned', 'pinned', 'pinned']);
    expect(api.counted()).toEqual([]);
    expect((await api.post(`${model}/versions/9/infer`, { inputs })).status).toBe(404);
  });

  it.each([null, 'application/octet-stream', 'text/plain'])(
    'reads the body as JSON when its type is %s',
    async (type) => {
      const response = await api.app.inject({
        method: 'POST',
        url: `${model}/infer`,
        headers: type === null ? {} : { 'content-type': type },
        payload: Buffer.from(JSON.stringify({ inputs: ROWS })),
      });
      expect(response.statusCode).toBe(200);
    },
  );

  it.each([
    ['no inputs', {}, /"inputs"/],
    ['an input without a name', { inputs: [{}] }, /name/],
    ['a missing input', { inputs: ROWS.slice(1) }, /"route.origin" is missing/],
    ['a missing request input', { inputs: ROWS.slice(0, 2) }, /"distance" is missing/],
    [
      'too few elements',
      { inputs: [{ ...ROWS[0], data: ['ATL'] }, ...ROWS.slice(1)] },
      /its shape has 3 elements, its data 1/,
    ],
    [
      'too many elements',
      { inputs: [{ ...ROWS[0], data: ['A', 'B', 'C', 'D'] }, ...ROWS.slice(1)] },
      /3 elements, its data 4/,
    ],
    ['a negative dimension', { inputs: [{ ...ROWS[0], shape: [-1] }] }, /expected the shape \[rows\]/],
    ['a wide tensor', { inputs: [{ ...ROWS[0], shape: [3, 2] }] }, /expected the shape \[rows\]/],
    ['too many rows', { inputs: [{ ...ROWS[0], shape: [5000] }] }, /at most 1024 rows/],
    [
      'rows that differ',
      { inputs: [ROWS[0], bytes('route.destination', ['LAX'])] },
      /has 1 rows, the one before has 3/,
    ],
    [
      'an element of another type',
      { inputs: [bytes('route.origin', ['ATL', 7, 'ATL']), ...ROWS.slice(1)] },
      /element 1 is 7, which is no BYTES/,
    ],
    [
      'a number for a key',
      { inputs: [{ ...ROWS[0], datatype: 'FP32', data: [1, 2, 3] }, ...ROWS.slice(1)] },
      /input "route.origin": expected a string, got 1/,
    ],
    [
      'a fraction for a whole number',
      { inputs: distance('FP64', 1.5) },
      /input "distance": expected a whole number, got 1.5/,
    ],
    ['an input above its maximum', { inputs: distance('INT64', 20_000) }, /input "distance": expected at most 10000/],
    [
      'a number beyond its datatype',
      { inputs: distance('INT8', 300) },
      /"distance": element 0 is 300, which is no INT8/,
    ],
    ['a negative unsigned number', { inputs: distance('UINT8', -1) }, /element 0 is -1, which is no UINT8/],
    ['no datatype', { inputs: distance(undefined, 500) }, /input "distance": datatype is missing/],
    [
      'a time far ahead',
      { inputs: [...ROWS, bytes('at', Array(3).fill('9999-01-01T00:00:00Z'))] },
      /input "at": .*31 days/,
    ],
    ['half precision', { inputs: [{ ...ROWS[2], datatype: 'FP16' }] }, /FP16.*not supported in JSON/],
    ['an input twice', { inputs: [ROWS[0], ROWS[0]] }, /there twice/],
    ['an unknown output', { inputs: ROWS, outputs: [{ name: 'nope' }] }, /no output "nope"/],
    ['a timeout that is none', { inputs: ROWS, parameters: { timeout: -5 } }, /microseconds/],
  ])('refuses %s with {"error": "text"}', async (_, payload, message) => {
    const { status, body } = await api.post(`${model}/infer`, payload);
    expect(status).toBe(400);
    expect(Object.keys(body)).toEqual(['error']);
    expect((body as { error: string }).error).toMatch(message);
  });

  it('says 501 to binary tensors, which it does not announce', async () => {
    const input = { name: 'distance', datatype: 'INT64', shape: [1], parameters: { binary_data_size: 8 } };
    expect((await api.post(`${model}/infer`, { inputs: [input] })).status).toBe(501);
    const response = await api.app.inject({
      method: 'POST',
      url: `${model}/infer`,
      headers: { 'inference-header-content-length': '10' },
      payload: '{"inputs":[]}',
    });
    expect(response.statusCode).toBe(501);
  });

  it('says 404 for a model that is not served', async () => {
    expect(await get('/v2/models/other')).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/does not serve/) },
    });
    expect((await api.post('/v2/models/other/infer', { inputs: ROWS })).status).toBe(404);
  });

  it('lets a request only shorten its timeout', async () => {
    const parameters = { timeout: 0.001 };
    const { status, headers } = await api.post(`${model}/infer`, { inputs: ROWS, parameters });
    expect([200, 503]).toContain(status);
    if (status === 503) expect(headers['retry-after']).toBe('1');
    expect((await api.post(`${model}/infer`, { inputs: ROWS, parameters: { timeout: 60e6 } })).status).toBe(200);
  });
});
