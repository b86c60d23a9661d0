import { type KeyValue, segmentVariables } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSegments, NO_SEGMENT, type SentInputs, type SentRequest } from './segments.js';

const KNOWN: SentInputs = {
  entities: [
    { name: 'origin', keys: [{ name: 'code', type: 'string' }] },
    {
      name: 'route',
      keys: [
        { name: 'origin', type: 'string' },
        { name: 'number', type: 'int' },
      ],
    },
  ],
  inputs: [
    { name: 'distance', type: 'double' },
    { name: 'code', type: 'string' },
    { name: 'vip', type: 'bool' },
  ],
};

const segmentsOf = (...conditions: string[]) =>
  conditions.map((where, at) => ({ name: `s${at}`, where, version: null }));
const find = (request: SentRequest, ...conditions: string[]) =>
  compileSegments(segmentsOf(...conditions), KNOWN).find(request);

const REQUEST: SentRequest = {
  entities: { origin: ['ATL'], route: ['LAX', 7] },
  inputs: { distance: 500, code: 'x', vip: null },
};

describe('compileSegments', () => {
  it('takes the first whose condition holds, or none', () => {
    expect(find(REQUEST, 'origin == "BOS"', 'distance > 100.0', 'origin == "ATL"')).toBe(1);
    expect(find(REQUEST, 'origin == "BOS"')).toBe(NO_SEGMENT);
    expect(find(REQUEST)).toBe(NO_SEGMENT);
  });

  it.each([
    ['a lone key by its entity', 'origin == "ATL"'],
    ['a lone key by its full name', 'origin.code == "ATL"'],
    ['the key of an entity with two', 'route.origin == "LAX" && route.number == 7'],
    ['an input', 'distance == 500.0 && code == "x"'],
  ])('reads %s', (_, condition) => {
    expect(find(REQUEST, condition)).toBe(0);
  });

  it('does not hold where it is NULL: an input that is null, an entity or an input that was not sent', () => {
    for (const condition of ['vip', '!vip', 'vip || false']) expect(find(REQUEST, condition)).toBe(NO_SEGMENT);
    const bare = { entities: {}, inputs: {} };
    expect(find(bare, 'origin == "ATL"', 'route.number < 9', 'distance > 0.0')).toBe(NO_SEGMENT);
    expect(find(bare, 'origin == null')).toBe(0);
  });

  it('has nobody in a segment whose input no version takes, says so, and keeps the places of the others', () => {
    const { find, idle } = compileSegments(segmentsOf('carrier == "DL" || true', 'vip', 'origin == "ATL"'), KNOWN);
    expect(idle).toEqual([{ name: 's0', unknown: 'carrier' }]);
    expect(find(REQUEST)).toBe(2);
  });

  it.each([
    ['no CEL', 'origin ==', /segment "s1".*not a CEL expression/],
    ['another type', 'distance + 1.0', /segment "s1".*of type double, expected bool/],
    ['an operator that is not there', 'origin > 3', /segment "s1".*no operator string > int/],
    ['a function that is not there', 'random() < 0.5', /segment "s1".*unknown function/],
    ['a flood of terms', new Array(600).fill('vip').join(' || '), /segment "s1"/],
    ['a deep nest', `${'('.repeat(5_000)}vip${')'.repeat(5_000)}`, /segment "s1"/],
  ])('refuses %s', (_, where, message) => {
    expect(() => compileSegments(segmentsOf('vip', where), KNOWN)).toThrow(message);
  });

  it('is a function of the request alone: the same whatever came before it', () => {
    const value = fc.constantFrom<KeyValue>('ATL', 'BOS');
    const request = fc.record({
      entities: fc.record(
        { origin: fc.tuple(value), route: fc.tuple(value, fc.constantFrom<KeyValue>(1, 7)) },
        { requiredKeys: [] },
      ),
      inputs: fc.record(
        { distance: fc.constantFrom(null, 1, 500), vip: fc.constantFrom(null, true, false) },
        { requiredKeys: [] },
      ),
    }) as fc.Arbitrary<SentRequest>;
    const conditions = ['vip && origin == "ATL"', 'route.number == 7', 'distance > 100.0', 'origin == null'];
    const kept = compileSegments(segmentsOf(...conditions), KNOWN);
    /** The same in JavaScript, by hand. */
    const oracle = ({ entities, inputs }: SentRequest): number => {
      const holds = [
        inputs.vip === true && entities.origin?.[0] === 'ATL',
        entities.route?.[1] === 7,
        typeof inputs.distance === 'number' && inputs.distance > 100,
        entities.origin === undefined,
      ];
      return holds.indexOf(true);
    };
    fc.assert(
      fc.property(fc.array(request, { maxLength: 10 }), (requests) => {
        expect(requests.map(kept.find)).toEqual(requests.map(oracle));
      }),
    );
  });

  it('has a value for every name that a condition may use', () => {
    for (const name of Object.keys(segmentVariables(KNOWN))) {
      expect(find({ ...REQUEST, inputs: { ...REQUEST.inputs, vip: true } }, `${name} != null`)).toBe(0);
    }
  });
});
