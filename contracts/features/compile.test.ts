import { describe, expect, it } from 'vitest';
import type { FeatureView } from '../documents/feature-view.js';
import type { Model } from '../documents/model.js';
import type { Entity, Source } from '../documents/source.js';
import { compileBundle, compileSource, compileView } from './compile.js';
import type { CompiledAggregateView } from './compiled.js';

const column = (type: string) => ({ type, maxMissingShare: 0, severity: 'block' });
const SOURCE = {
  description: 'x',
  owner: 'x',
  data: { format: 'parquet', path: 'x' },
  eventTime: 'date',
  allowedLateness: '38h',
  futureSkew: '0s',
  duplicates: 'never',
  observedAt: 'date + minutes(30.0)',
  minRows: 1,
  maxQuarantineShare: 0.01,
  columns: { date: column('timestamp'), delay: column('int'), origin: column('string'), other: column('double') },
} as Source;
const ENTITY: Entity = { description: 'x', keys: [{ name: 'origin', type: 'string' }] };
const VIEW = {
  kind: 'aggregate',
  description: 'x',
  entity: 'origin',
  source: 'flights',
  mode: 'sawtooth',
  delay: '0s',
  aggregations: [
    { function: 'count', windows: ['1h', '7d'] },
    { function: 'mean', input: 'delay', windows: ['1h', '7d'] },
    { function: 'sum', input: 'delay', windows: ['24h'] },
    { function: 'share', where: 'delay > 15', name: 'late_share', windows: ['1h'] },
  ],
} as FeatureView;
const REQUEST = {
  kind: 'request',
  description: 'x',
  inputs: { distance: { type: 'int' } },
  features: [
    { name: 'hour', expression: 'hour_of_day(at)' },
    { name: 'far', expression: 'distance > 1000' },
  ],
} as FeatureView;

const definitions = (change: { source?: Partial<Source>; view?: object; entity?: Partial<Entity> } = {}) => ({
  sources: new Map([['flights', { ...SOURCE, ...change.source } as Source]]),
  entities: new Map([['origin', { ...ENTITY, ...change.entity } as Entity]]),
  views: new Map([
    ['delays', { ...VIEW, ...change.view } as FeatureView],
    ['request', REQUEST],
  ]),
});
const compiled = (change: Parameters<typeof definitions>[0] = {}) =>
  compileView(definitions(change), 'delays') as CompiledAggregateView;

describe('a compiled view', () => {
  it('names each feature by its aggregation and window', () => {
    expect(compiled().features.map(({ name }) => name)).toEqual([
      'count_1h',
      'count_7d',
      'delay_mean_1h',
      'delay_mean_7d',
      'delay_sum_24h',
      'late_share_1h',
    ]);
  });

  it('shares the slots that two aggregations need', () => {
    expect(compiled().slots).toEqual([
      { op: 'count', input: null },
      { op: 'sum', input: 'delay' },
      { op: 'count', input: 'delay' },
      { op: 'sum', input: 'delay > 15' },
      { op: 'count', input: 'delay > 15' },
    ]);
  });

  it('keeps the columns that it reads and no others', () => {
    expect(Object.keys(compiled().source.columns)).toEqual(['date', 'delay', 'origin']);
  });

  it('has no hop in exact mode', () => {
    expect(compiled({ view: { mode: 'exact' } }).features.every(({ hopUs }) => hopUs === 0)).toBe(true);
  });

  it('filters by `where` inside the input, so that a filtered event is a NULL one', () => {
    const view = {
      aggregations: [{ function: 'max', input: 'delay', where: 'other > 1.0', name: 'm', windows: ['1h'] }],
    };
    expect(compiled({ view }).slots).toEqual([{ op: 'max', input: 'other > 1.0 ? delay : null' }]);
  });
});

describe('the digest of a view', () => {
  const { digest } = compiled();

  it('is the same for another layout, description or owner', () => {
    const aggregations = structuredClone((VIEW as { aggregations: { where?: string }[] }).aggregations);
    aggregations[3]!.where = '  delay>15 ';
    expect(compiled({ view: { description: 'other', owner: 'other', aggregations } }).digest).toBe(digest);
    expect(
      compiled({
        source: {
          description: 'other',
          minRows: 7,
          columns: { ...SOURCE.columns, more: column('int') } as Source['columns'],
        },
      }).digest,
    ).toBe(digest);
  });

  it.each([
    ['lateness', { source: { allowedLateness: '37h' } }],
    ['skew', { source: { futureSkew: '1s' } }],
    ['the observation time', { source: { observedAt: 'date + minutes(31.0)' } }],
    ['the mode', { view: { mode: 'exact' } }],
    ['the embargo', { view: { delay: '1ms' } }],
    ['a window', { view: { aggregations: [{ function: 'count', windows: ['2h'] }] } }],
  ])('changes with %s', (_, change) => {
    expect(compiled(change).digest).not.toBe(digest);
  });
});

describe('a wrong view', () => {
  const refusal = (view: object) => {
    try {
      compiled({ view });
    } catch (error) {
      return (error as { findings: { message: string; place: { field: string } }[] }).findings.map(
        ({ place, message }) => `${place.field}: ${message}`,
      );
    }
    throw new Error('it was accepted');
  };

  it('tells everything at once, with the field', () => {
    expect(
      refusal({
        keys: { airport: 'origin' },
        aggregations: [
          { function: 'mean', windows: ['1m'] },
          { function: 'max', input: 'dely', windows: ['1h'] },
          { function: 'share', name: 's', input: 'delay', windows: ['1h'] },
          { function: 'sum', input: 'delay * 2', windows: ['1h'] },
          { function: 'sum', input: 'origin', windows: ['1h'] },
        ],
      }),
    ).toEqual([
      "keys.airport: the entity 'origin' has no key 'airport'",
      'aggregations[0]: mean needs `input`, the expression to aggregate',
      'aggregations[0].windows[0]: expected a window of at least 5m, got 1m',
      "aggregations[1].input: unknown variable 'dely' (at character 1)",
      'aggregations[2]: share needs `where`, the condition whose share is meant',
      'aggregations[2].input: share has no input, only `where`',
      'aggregations[3]: an aggregation of an expression needs a `name`',
      "aggregations[4].input: 'origin' is of type string, expected int or double or bool (at character 1)",
    ]);
  });

  it('may not have one feature twice', () => {
    const count = { function: 'count', windows: ['1h'] };
    expect(refusal({ aggregations: [count, count] })).toEqual([
      "aggregations[1]: the feature 'count_1h' is already there",
    ]);
  });

  it('may not key on a column of another type', () => {
    expect(refusal({ keys: { origin: 'delay' } })[0]).toContain(
      "expected a column of type string for the key 'origin', 'delay' is of type int",
    );
  });
});

describe('a wrong source', () => {
  it.each([
    ['eventTime', { eventTime: 'delay' }, "expected a timestamp column, 'delay' is a column of type int"],
    ['observedAt', { observedAt: 'delay > 1' }, "'delay > 1' is of type bool, expected int"],
    [
      'a reserved column',
      { columns: { ...SOURCE.columns, Label: column('int') } as Source['columns'] },
      'is a name that snapshots and datasets use themselves',
    ],
  ])('is refused for %s', (_, source, message) => {
    expect(() => compileSource(definitions({ source }), 'flights')).toThrow(message);
  });
});

describe('a bundle', () => {
  const bundleOf = (features: string[]) =>
    compileBundle({ ...definitions(), models: new Map([['m', { features } as unknown as Model]]) }, 'm');

  it('has the features in the order of the model', () => {
    expect(bundleOf(['delays.count_7d', 'request', 'delays.count_1h']).bundle.order).toEqual([
      'delays.count_7d',
      'request.hour',
      'request.far',
      'delays.count_1h',
    ]);
  });

  it('has another digest for another order', () => {
    expect(bundleOf(['delays', 'request']).digest).not.toBe(bundleOf(['request', 'delays']).digest);
  });

  it.each([
    [['delays', 'delays.count_1h'], "the feature 'delays.count_1h' is listed twice"],
    [['delays.count_2h'], "has no feature 'count_2h'"],
    [['nothing'], "there is no feature view 'nothing'"],
  ])('refuses %j', (features, message) => {
    expect(() => bundleOf(features)).toThrow(message);
  });
});
