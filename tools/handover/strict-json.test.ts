import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from './strict-json.js';

const BOUNDS = { name: 'x.json', maxBytes: 10_000_000, maxDepth: 20 };
const parse = (text: string) => parseStrictJson(Buffer.from(text), BOUNDS);

describe('JSON of somebody else', () => {
  it('is what JSON.parse says of every value that no key repeats in', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.boolean(), (value, pretty) => {
        const text = pretty ? JSON.stringify(value, null, 2) : JSON.stringify(value);
        if (text.includes('"__proto__"')) return;
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { seed: 21, numRuns: 300 },
    );
  });

  it('is refused with a key twice, wherever and however that is spelt', () => {
    const key = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
    const escaped = (text: string) =>
      `"${[...text].map((unit) => [...Array(unit.length).keys()].map((at) => `\\u${unit.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')).join('')}"`;
    fc.assert(
      fc.property(key, fc.jsonValue({ maxDepth: 2 }), (name, value) => {
        const inner = JSON.stringify(value);
        const object = `{${JSON.stringify(name)}: ${inner}, ${escaped(name)}\n: 1}`;
        for (const text of [object, `[1, {"": ${object}}]`]) expect(() => parse(text)).toThrow(/twice/);
      }),
      { seed: 22, numRuns: 100 },
    );
  });

  it.each([
    ['NaN', '{"a": NaN}', /is not JSON/],
    ['Infinity', '{"a": Infinity}', /is not JSON/],
    ['a number that no double holds', '{"a": 1e999}', /larger than a double/],
    ['two values', '{} {}', /is not JSON/],
    ['a comment', '{} // x', /is not JSON/],
    ['a key of every object', '{"__proto__": {"admin": true}}', /__proto__/],
    ['an open string of escapes', `"${'\\"'.repeat(100_000)}`, /is not JSON/],
    ['a byte order mark', '\uFEFF{}', /is not JSON/],
    ['nothing', '', /is not JSON/],
    ['depth', '['.repeat(2_000_000), /nested deeper than 20/],
    ['depth of objects', '{"a":'.repeat(100_000), /nested deeper than 20/],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => parse(text)).toThrow(message);
    try {
      parse(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'handover/refused' });
    }
  });

  it('is refused where it is not UTF-8, or larger than allowed', () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]), BOUNDS)).toThrow(/is not UTF-8/);
    expect(() => parseStrictJson(Buffer.alloc(100_000_000), BOUNDS)).toThrow(/more than 10000000 bytes/);
  });
});
