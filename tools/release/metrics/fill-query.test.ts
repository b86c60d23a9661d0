import { describe, expect, it } from 'vitest';
import { fillQuery } from './fill-query.js';

const SUBJECT = { environment: 'prod', model: 'flight-delay', version: 2, serial: 17 };

describe('a query of a metric', () => {
  it('has what is judged filled in, wherever and however often it is named', () => {
    expect(
      fillQuery('a{e="{{environment}}",m="{{ model }}"} / b{v="{{version}}",s="{{serial}}",w="{{version}}"}', SUBJECT),
    ).toBe('a{e="prod",m="flight-delay"} / b{v="2",s="17",w="2"}');
  });

  it('stays as it is without names, braces of PromQL included', () => {
    const query = 'sum by (x) (rate(a{b="c"}[5m]))';
    expect(fillQuery(query, SUBJECT)).toBe(query);
  });

  it('is refused with a name that nobody knows, or none: a query about everything would be read as one about the version', () => {
    for (const query of ['a{v="{{candidate}}"}', 'a{v="{{}}"}', 'a{v="{{constructor}}"}']) {
      expect(() => fillQuery(query, SUBJECT)).toThrow(
        'it may have {{environment}}, {{model}}, {{version}}, {{serial}}',
      );
    }
  });
});
