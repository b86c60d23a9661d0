import { compileView, type Entity, type FeatureBundle, type FeatureView, type Source } from '@signalbox/contracts';
import type { LoggedEvent } from '@signalbox/serving/stores';
import { describe, expect, it } from 'vitest';
import { type HistoricalRequest, historicalFeatures } from './historical-features.js';

const column = (type: string) => ({ type, maxMissingShare: 0, severity: 'block' });
const SOURCE = {
  description: 'x',
  owner: 'x',
  data: { format: 'csv', path: 'x' },
  eventTime: 'at',
  allowedLateness: '1h',
  futureSkew: '0s',
  duplicates: 'never',
  minRows: 1,
  maxQuarantineShare: 0,
  columns: { at: column('timestamp'), name: column('string'), number: column('int'), v: column('double') },
} as unknown as Source;
const ENTITY: Entity = {
  description: 'x',
  keys: [
    { name: 'name', type: 'string' },
    { name: 'number', type: 'int' },
  ],
};
const definitions = {
  sources: new Map([['things', SOURCE]]),
  entities: new Map([['thing', ENTITY]]),
  views: new Map([
    [
      'sums',
      {
        kind: 'aggregate',
        description: 'x',
        entity: 'thing',
        source: 'things',
        mode: 'sawtooth',
        delay: '0s',
        aggregations: [
          { function: 'count', windows: ['1h'] },
          { function: 'sum', input: 'v', windows: ['1h'] },
        ],
      },
    ],
    [
      'asked',
      {
        kind: 'request',
        description: 'x',
        inputs: { text: { type: 'string' }, flag: { type: 'bool' } },
        features: [
          { name: 'long', expression: 'text.contains("long")' },
          { name: 'flag', expression: 'flag' },
        ],
      },
    ],
  ] as [string, FeatureView][]),
};
const views = ['asked', 'sums'].map((name) => compileView(definitions, name));
const bundle: FeatureBundle = {
  schema: 'signalbox/feature-bundle/1',
  views,
  order: ['sums.v_sum_1h', 'asked.long', 'sums.count_1h', 'asked.flag'],
};
const DIGEST = views[1]!.digest;

const NAME = 'it\'s "one"\u0001, [two]';
const T = 986_083_200_000_000;
const MINUTE = 60_000_000;
const event = ([partition, offset]: [number, number], minutesBefore: number, v: number | null): LoggedEvent => ({
  partition,
  offset,
  eventTs: T - minutesBefore * MINUTE,
  arrivalTs: T - minutesBefore * MINUTE + 1,
  row: { at: T - minutesBefore * MINUTE, name: NAME, number: 9_007_199_254_740_991, v },
});
const rows = [
  event([0, 0], 40, 0.1),
  event([0, 1], 30, null),
  event([0, 2], 20, 4),
  event([1, 0], 10, 0.2),
  { ...event([1, 1], 5, 100), arrivalTs: T + 1 },
];
const request = (more: Partial<HistoricalRequest> = {}): HistoricalRequest => ({
  entities: { thing: [NAME, 9_007_199_254_740_991] },
  request: { text: 'a long one', flag: false },
  atUs: T,
  ...more,
});
const answers = async (requests: HistoricalRequest[], events: readonly LoggedEvent[] = rows) =>
  (await historicalFeatures({ bundle, requests, events: new Map([['things', { rows: events }]]), threads: 1 })).map(
    (values) => [...values],
  );

describe('features recomputed offline', () => {
  it('see what was visible at T, in the order of the bundle', async () => {
    expect(await answers([request()])).toEqual([[0.1 + 4 + 0.2, 1, 4, 0]]);
  });

  it('see of each partition only what a served token had applied', async () => {
    const token = (offsets: Record<number, number>) => request({ offsets: { [DIGEST]: offsets } });
    expect(await answers([token({ 0: 1, 1: 0 }), token({ 0: 3 }), token({ 1: 0 }), token({}), request()])).toEqual([
      [0.1, 1, 1, 0],
      [0.1 + 4 + 0.2, 1, 4, 0],
      [0.1 + 4, 1, 3, 0],
      [0.1 + 4 + 0.2, 1, 4, 0],
      [0.1 + 4 + 0.2, 1, 4, 0],
    ]);
  });

  it('leave out what the source would refuse as late', async () => {
    const late = { ...event([0, 3], 50, 7), arrivalTs: T - 50 * MINUTE + 60 * MINUTE + 1 };
    expect(await answers([request({ atUs: T + 15 * MINUTE })], [late])).toEqual([[Number.NaN, 1, 0, 0]]);
  });

  it('count zero and are NULL in everything else for an unknown entity', async () => {
    expect(await answers([request({ entities: { thing: ['else', 1] }, request: { text: '', flag: true } })])).toEqual([
      [Number.NaN, 0, 0, 1],
    ]);
  });

  it('are NULL where an input is', async () => {
    expect(await answers([request({ request: { text: null, flag: null } })], [])).toEqual([
      [Number.NaN, Number.NaN, 0, Number.NaN],
    ]);
  });

  it('are none for no request', async () => {
    expect(await answers([])).toEqual([]);
  });

  it('are asked for by every key', async () => {
    await expect(answers([request({ entities: { thing: ['a'] } })])).rejects.toThrow(
      "names no key of the entity 'thing'",
    );
  });
});
