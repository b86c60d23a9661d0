import { describe, expect, it } from 'vitest';
import { checkExpression } from './expression/index.js';
import { segmentVariables } from './segment-variables.js';

const origin = { name: 'origin', keys: [{ name: 'code', type: 'string' }] } as const;
const route = {
  name: 'route',
  keys: [
    { name: 'origin', type: 'string' },
    { name: 'number', type: 'int' },
  ],
} as const;

describe('segmentVariables', () => {
  it('names keys by entity, a lone key also by its entity alone, and inputs as they are', () => {
    expect(segmentVariables({ entities: [origin, route], inputs: [{ name: 'distance', type: 'double' }] })).toEqual({
      ...{ origin: 'string', 'origin.code': 'string', 'route.origin': 'string', 'route.number': 'int' },
      distance: 'double',
    });
  });

  it('leaves a name to the input that shares it with an entity', () => {
    const variables = segmentVariables({ entities: [origin], inputs: [{ name: 'origin', type: 'int' }] });
    expect(variables).toEqual({ origin: 'int', 'origin.code': 'string' });
  });

  it('makes the conditions of a model card compile, and says which name is not known', () => {
    const variables = segmentVariables({ entities: [origin, route], inputs: [] });
    expect(checkExpression('origin == "ATL" && route.number in [1, 2]', variables, 'bool')).toMatchObject({ ok: true });
    expect(checkExpression('carrier == "DL"', variables, 'bool')).toMatchObject({
      ok: false,
      problem: { unknown: 'carrier', start: 0, end: 7 },
    });
  });
});
