import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { modelYaml } from '../../tests/pipeline/proposal-world.js';
import { setPeriods } from './set-periods.js';

const PERIODS = {
  training: { from: '2001-04-10', to: '2001-06-01' },
  evaluation: { from: '2001-06-01', to: '2001-07-01' },
};

describe('setting the periods of a model.yaml', () => {
  it.each([
    ['the worked example', readFileSync(new URL('../../models/flight-delay/model.yaml', import.meta.url), 'utf8')],
    ['a model of the tests', modelYaml()],
    ['quoted dates', modelYaml().replaceAll(/(from|to): (2001[-0-9]+)/g, "$1: '$2'")],
  ])('changes four values and no other byte: %s', (_, text) => {
    const changed = setPeriods(text, PERIODS);
    const before = parse(text) as { training: object; evaluation: object };
    expect(parse(changed)).toEqual({
      ...before,
      training: { ...before.training, period: PERIODS.training },
      evaluation: { ...before.evaluation, period: PERIODS.evaluation },
    });
    const lines = (from: string) => from.split('\n').filter((line) => !line.includes('period:'));
    expect(lines(changed)).toEqual(lines(text));
    expect(setPeriods(changed, PERIODS)).toBe(changed);
  });

  it('calls a document without periods a bug: it was found valid before', () => {
    expect(() => setPeriods('training: {}\n', PERIODS)).toThrow(/training.period.from/);
  });
});
