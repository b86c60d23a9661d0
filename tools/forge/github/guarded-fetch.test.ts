import { describe, expect, it } from 'vitest';
import { guardedFetch } from './guarded-fetch.js';

const json = { 'content-type': 'application/json; charset=utf-8' };
const answering = (body: string | null, init: ResponseInit) => guardedFetch(async () => new Response(body, init));

describe('a guarded fetch', () => {
  it('gives the answer as it is, and where it came from', async () => {
    const answer = await answering('{"a":1}', { status: 201, headers: { ...json, etag: 'x' } })('https://a.example/b');
    expect([answer.status, answer.headers.get('etag'), answer.url]).toEqual([201, 'x', 'https://a.example/b']);
    expect(await answer.json()).toEqual({ a: 1 });
  });

  it.each([204, 304])('takes %i without a body', async (status) => {
    expect((await answering(null, { status })('https://a.example')).status).toBe(status);
  });

  it('leaves text, and what an error says, unread', async () => {
    expect(
      await (await answering('{', { headers: { 'content-type': 'text/plain' } })('https://a.example')).text(),
    ).toBe('{');
    expect((await answering('<html>', { status: 502, headers: json })('https://a.example')).status).toBe(502);
  });

  it('refuses half a document, and one that has no end', async () => {
    await expect(answering('{"a":', { headers: json })('https://a.example')).rejects.toThrow(
      'not the JSON that it says',
    );
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) });
    const fetch = guardedFetch(async () => new Response(endless, { headers: json }), { maxAnswerBytes: 10_000 });
    await expect(fetch('https://a.example')).rejects.toThrow('an answer of more than 10000 bytes');
  });
});
