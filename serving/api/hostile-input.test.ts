import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiFixture, REQUEST } from '../../tests/support/api-fixture.js';
import { MODEL } from '../../tests/support/serving-world.js';

let api: ApiFixture;
beforeAll(async () => {
  api = await ApiFixture.create();
  await api.serve([await api.world.addPackage({ version: 1, bias: 1 })]);
});
afterAll(() => api.close());

const PREDICT = `/v1/models/${MODEL}/predict`;
const INFER = `/v2/models/${MODEL}/infer`;

async function send(url: string, payload: string | Buffer, contentType: string | null = 'application/json') {
  const headers = contentType === null ? {} : { 'content-type': contentType };
  const response = await api.app.inject({ method: 'POST', url, headers, payload });
  return { status: response.statusCode, text: response.body };
}

/** It still answers, and nothing of ours was at fault. */
async function expectAlive(): Promise<void> {
  expect(api.bugs).toEqual([]);
  expect((await api.predict(REQUEST)).status).toBe(200);
}

describe('hostile input', () => {
  it.each([
    ['malformed JSON', '{"entities": ', 400],
    ['JSON with NaN', '{"request": {"distance": NaN}}', 400],
    ['JSON with Infinity', '{"request": {"distance": Infinity}}', 400],
    ['a number beyond doubles', JSON.stringify(REQUEST).replace('500', '1e999'), 400],
    ['an empty body', '', 400],
    ['null', 'null', 400],
    ['a prototype key', '{"__proto__": {"admin": true}}', 400],
    ['a nested prototype key', '{"entities": {"__proto__": {"route": 1}}}', 400],
    ['a constructor key', '{"constructor": {"prototype": {"admin": true}}}', 400],
    ['brackets without end', '['.repeat(100_000), 400],
    ['a hundred thousand levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 400],
    ['a deep object for an entity', `{"entities": ${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`, 400],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400],
    ['10 MB', `{"unit": "${'a'.repeat(10 * 1024 * 1024)}"}`, 413],
  ])('answers %s with a refusal, on both interfaces', async (_, payload, status) => {
    for (const url of [PREDICT, INFER]) {
      const response = await send(url, payload);
      expect(response.status).toBe(status);
      const { error } = JSON.parse(response.text);
      expect(typeof (url === INFER ? error : error.message)).toBe('string');
    }
    await expectAlive();
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it.each([
    ['{"request": {"distance": NaN}}', /^the body is not valid JSON: Unexpected token 'N'/],
    ['{"entities": 1', /^the body is not valid JSON: .*position 14/],
    ['{"__proto__": {"admin": true}}', /^the keys "__proto__" and "constructor.prototype" are not allowed/],
    ['{"constructor": {"prototype": {"admin": true}}}', /"constructor.prototype" are not allowed/],
  ])('says what is wrong with the body %s, on both interfaces', async (payload, message) => {
    const [v1, v2] = [await send(PREDICT, payload), await send(INFER, payload)];
    expect([v1.status, v2.status]).toEqual([400, 400]);
    const { error } = JSON.parse(v1.text);
    expect(error).toMatchObject({ field: 'body', message: expect.stringMatching(message), hint: expect.any(String) });
    expect(JSON.parse(v2.text).error).toMatch(message);
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data', 'application/json; charset=latin1; x'])(
    'answers the content type %s on /v1 with 415 or reads it as JSON',
    async (contentType) => {
      const { status, text } = await send(PREDICT, JSON.stringify(REQUEST), contentType);
      expect([200, 415]).toContain(status);
      if (status === 415) expect(JSON.parse(text).error.hint).toMatch(/application\/json/);
      await expectAlive();
    },
  );

  it('answers other methods with 405 and other paths with 404', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'] as const) {
      const response = await api.app.inject({ method, url: PREDICT });
      expect(response.statusCode).toBe(405);
      expect(response.headers.allow).toBe('POST');
    }
    for (const url of [
      '/',
      '/v1',
      '/v2/nothing',
      '/v1/models/x/predict/y',
      '/%zz',
      `/v1/models/${'x'.repeat(5000)}/predict`,
    ]) {
      const { statusCode } = await api.app.inject({ method: 'POST', url, payload: {} });
      expect([400, 404, 405, 414]).toContain(statusCode);
    }
    await expectAlive();
  });

  it('echoes the request id, and only a sane one', async () => {
    const echoed = async (id: string) =>
      (await api.app.inject({ method: 'GET', url: '/livez', headers: { 'x-request-id': id } })).headers['x-request-id'];
    expect(await echoed('abc-123')).toBe('abc-123');
    expect(await echoed('x'.repeat(10_000))).toBeUndefined();
  });

  it('never answers 500 to any JSON, and goes on serving', async () => {
    const key = fc.oneof(
      fc.constantFrom(
        'entities',
        'request',
        'unit',
        'at',
        'features',
        'include',
        'route',
        'origin',
        'destination',
        'distance',
        '__proto__',
        'toString',
        'inputs',
        'name',
        'shape',
        'datatype',
        'data',
        'parameters',
        'outputs',
        'id',
      ),
      fc.string({ maxLength: 5 }),
    );
    const scalar = fc.oneof(
      fc.constantFrom('BYTES', 'INT64', 'FP64', 'ATL', 500, -1, 1, [1], ['ATL'], null, true),
      fc.integer(),
      fc.double(),
      fc.string(),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        scalar,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 6 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(PREDICT, INFER, '/v1/outcomes'), async (body, url) => {
        const { status, text } = await send(url, JSON.stringify(body) ?? 'null');
        expect(status).toBeLessThan(500);
        JSON.parse(text);
      }),
      { numRuns: 1_500 },
    );
    await expectAlive();
  });

  it('never answers 500 to a valid request with one thing changed', async () => {
    const mutation = fc.tuple(
      fc.constantFrom(
        'entities',
        'request',
        'unit',
        'at',
        'features',
        'include',
        'entities.route',
        'entities.route.origin',
        'request.distance',
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(mutation, async ([path, value]) => {
        const body = structuredClone({ ...REQUEST }) as Record<string, unknown>;
        const parts = path.split('.');
        let into = body;
        for (const part of parts.slice(0, -1)) into = into[part] as Record<string, unknown>;
        into[parts.at(-1)!] = value;
        const { status, text } = await send(PREDICT, JSON.stringify(body));
        expect(status).toBeLessThan(500);
        const parsed = JSON.parse(text);
        if (status === 400) expect(typeof parsed.error.field).toBe('string');
        else expect(Number.isFinite(parsed.prediction)).toBe(true);
      }),
      { numRuns: 500 },
    );
    await expectAlive();
  });

  it('never answers 500 to any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(PREDICT, INFER, '/v1/outcomes'),
        async (bytes, url) => {
          expect((await send(url, Buffer.from(bytes))).status).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
    await expectAlive();
  });
});
