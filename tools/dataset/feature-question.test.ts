import type { FeatureBundle } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { featureQuestion, parseAssignments } from './feature-question.js';

const bundle = {
  views: [
    {
      kind: 'aggregate',
      entity: {
        name: 'route',
        keys: [
          { name: 'origin', type: 'string' },
          { name: 'gate', type: 'int' },
        ],
      },
    },
    { kind: 'request', inputs: { distance: { type: 'int' }, heavy: { type: 'bool' }, price: { type: 'double' } } },
  ],
} as unknown as FeatureBundle;
const keys = { origin: 'ATL', gate: '7' };
const inputs = { distance: '606', heavy: 'true', price: '1.5' };

describe('a question from the command line', () => {
  it('becomes typed keys and inputs', () => {
    expect(featureQuestion(bundle, { keys, inputs })).toEqual({
      entities: { route: ['ATL', 7] },
      request: { distance: 606, heavy: true, price: 1.5 },
    });
  });

  it.each([
    [{ keys: { origin: 'ATL' }, inputs }, "the key 'gate' is missing"],
    [{ keys: { ...keys, gate: 'x' }, inputs }, "the key 'gate' is 'x', expected int"],
    [{ keys, inputs: { ...inputs, distance: '1.5' } }, "the request input 'distance' is '1.5', expected int"],
    [{ keys, inputs: { ...inputs, heavy: '1' } }, "the request input 'heavy' is '1', expected bool"],
    [{ keys, inputs: { ...inputs, price: '' } }, "the request input 'price' is '', expected double"],
    [{ keys, inputs: { ...inputs, price: 'Infinity' } }, "the request input 'price' is 'Infinity', expected double"],
  ])('refuses %j: %s', (named, message) => {
    expect(() => featureQuestion(bundle, named as Parameters<typeof featureQuestion>[1])).toThrow(message);
  });
});

describe('assignments', () => {
  it('may hold equal signs in their values', () => {
    expect(parseAssignments('a=1,b=x=y,c=')).toEqual({ a: '1', b: 'x=y', c: '' });
  });

  it('refuse what has no name', () => {
    expect(() => parseAssignments('=1')).toThrow("expected name=value, got '=1'");
  });
});
