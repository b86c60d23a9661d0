import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askPrometheus, readAnswer } from './prometheus-api.js';

const LIMITS = { timeoutMs: 30_000, maxBytes: 1000 };
const json = (value: unknown): string => JSON.stringify(value);
const vector = (...samples: readonly unknown[]) =>
  json({ status: 'success', data: { resultType: 'vector', result: samples.map((value) => ({ metric: {}, value })) } });

describe('an answer of Prometheus', () => {
  it('is one number, with whatever else a later version may say', () => {
    expect(readAnswer(vector([1, '2.5']), 200)).toEqual({ kind: 'number', value: 2.5 });
    const scalar = { status: 'success', warnings: ['w'], data: { resultType: 'scalar', result: [1, '-4'], extra: 1 } };
    expect(readAnswer(json(scalar), 200)).toEqual({ kind: 'number', value: -4 });
  });

  it.each([
    ['no series', vector(), 'no-data'],
    ['NaN', vector([1, 'NaN']), 'no-data'],
    ['two series', vector([1, '1'], [1, '2']), 'error'],
    ['infinity', vector([1, '+Inf']), 'error'],
    ['more than a number can be', vector([1, '1e999']), 'error'],
    ['a number that is no text', vector([1, 3]), 'error'],
    ['an empty text', vector([1, '']), 'error'],
    ['words', vector([1, 'three']), 'error'],
    ['a sample that is none', vector(null), 'error'],
    ['a series that is none', json({ status: 'success', data: { resultType: 'vector', result: [null] } }), 'error'],
    ['a result that is no list', json({ status: 'success', data: { resultType: 'vector', result: {} } }), 'error'],
    ['no data at all', json({ status: 'success' }), 'error'],
    ['an error in good form', json({ status: 'error', errorType: 'bad_data', error: 'parse error' }), 'error'],
    ['a page of a proxy', '<html>502</html>', 'error'],
    ['nothing', '', 'error'],
    ['null', 'null', 'error'],
  ])('is never a number when it has %s', (_name, text, verdict) => {
    expect(readAnswer(text, 200)).toMatchObject({ kind: 'problem', verdict });
  });

  it('says what the server refused', () => {
    const text = json({ status: 'error', errorType: 'timeout', error: 'query timed out' });
    expect(readAnswer(text, 503)).toMatchObject({ sentence: expect.stringMatching(/HTTP 503.*query timed out/) });
  });
});

describe('a server that misbehaves', () => {
  let server: Server | undefined;
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(null) : server.close(resolve)));
  });

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is asked by a form, with the time that it may take', async () => {
    let asked = '';
    const address = await serve(async (request, response) => {
      for await (const chunk of request) asked += String(chunk);
      asked = `${request.method} ${request.url} ${asked}`;
      response.end(vector([1, '1']));
    });
    expect(await askPrometheus({ address: `${address}/prom` }, 'a{b="c&d"}', LIMITS)).toEqual({
      kind: 'number',
      value: 1,
    });
    expect(asked).toBe('POST /prom/api/v1/query query=a%7Bb%3D%22c%26d%22%7D&timeout=30000ms');
  });

  it.each([
    ['Bearer right', { kind: 'number', value: 1 }],
    ['Bearer wrong', expect.objectContaining({ sentence: expect.stringContaining('has for it does not do') })],
    [undefined, expect.objectContaining({ sentence: expect.stringMatching(/HTTP 401.*nothing in SIGNALBOX_/) })],
  ])('wants to know who asks, and is told %s', async (authorization, reading) => {
    const address = await serve((request, response) => {
      const isRight = request.headers.authorization === 'Bearer right';
      response.writeHead(isRight ? 200 : 401).end(isRight ? vector([1, '1']) : 'who are you?');
    });
    expect(await askPrometheus({ address, ...(authorization ? { authorization } : {}) }, 'a', LIMITS)).toEqual(reading);
  });

  it('sends us elsewhere: nobody goes there', async () => {
    const visited: string[] = [];
    const address = await serve((request, response) => {
      visited.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await askPrometheus({ address }, 'a', LIMITS)).toMatchObject({
      ...{ kind: 'problem', verdict: 'error', sentence: expect.stringContaining('sends us elsewhere') },
    });
    expect(visited).toEqual(['/api/v1/query']);
  });

  it('never ends its answer: no more than the limit is read', async () => {
    const address = await serve((_request, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(500)));
        response.once('drain', more);
      };
      more();
    });
    expect(await askPrometheus({ address }, 'a', LIMITS)).toMatchObject({
      ...{ kind: 'problem', verdict: 'error', sentence: expect.stringContaining('longer than 1000 bytes') },
    });
  });

  it('never answers: we wait as long as we said', async () => {
    const address = await serve(() => undefined);
    expect(await askPrometheus({ address }, 'a', { ...LIMITS, timeoutMs: 50 })).toMatchObject({
      ...{ kind: 'problem', verdict: 'error', sentence: expect.stringContaining('longer than 0.05 s') },
    });
  });

  it('cuts the line', async () => {
    const address = await serve((request) => request.socket.destroy());
    expect(await askPrometheus({ address }, 'a', LIMITS)).toMatchObject({ kind: 'problem', verdict: 'error' });
  });

  it('is an address that is none', async () => {
    expect(await askPrometheus({ address: 'http://' }, 'a', LIMITS)).toMatchObject({
      kind: 'problem',
      verdict: 'error',
    });
  });
});
