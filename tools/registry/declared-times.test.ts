import { columnVariables, compileBundle, compileSource, type Model, type Workspace } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { labelReaders } from './declared-times.js';

const SOURCE = {
  description: 'Flights.',
  owner: 'tests',
  data: { format: 'csv', path: 'flights.csv' },
  columns: Object.fromEntries(
    (
      [
        ['date', 'timestamp'],
        ['delay', 'int'],
        ['distance', 'int'],
        ['origin', 'string'],
      ] as const
    ).map(([name, type]) => [name, { type, maxMissingShare: 0, severity: 'block' }]),
  ),
  eventTime: 'date',
  observedAt: 'date + minutes(double(delay))',
  allowedLateness: '1d',
  futureSkew: '0s',
  duplicates: 'never',
  minRows: 1,
  maxQuarantineShare: 0.01,
};

const aggregate = (source: string) => ({
  kind: 'aggregate',
  description: 'Recent flights.',
  owner: 'tests',
  entity: 'origin',
  source,
  mode: 'sawtooth',
  delay: '0s',
  aggregations: [
    { function: 'count', windows: ['1h'] },
    { function: 'mean', input: 'distance', windows: ['1h'] },
    { function: 'count', where: 'delay > 60', name: 'very_late', windows: ['1h'] },
    { function: 'share', where: 'delay > 15', name: 'late', windows: ['1h', '6h'] },
  ],
});

const REQUEST = {
  kind: 'request',
  description: 'The flight itself.',
  owner: 'tests',
  inputs: { distance: { type: 'int' }, planned: { type: 'int' } },
  features: [
    { name: 'distance', expression: 'distance' },
    { name: 'speed', expression: 'double(distance) / double(planned)' },
    { name: 'hour', expression: 'hour_of_day(at)' },
  ],
};

/** What reads the label where it is made of `expression`, and the request's `planned` is this column. */
function readers(expression: string, { planned = 'distance', sources = ['flights'] } = {}) {
  const label = { source: sources[0]!, expression, request: { distance: 'distance', planned } };
  const workspace = {
    sources: new Map([
      ['flights', SOURCE],
      ['others', SOURCE],
    ]),
    entities: new Map([['origin', { description: 'o', keys: [{ name: 'origin', type: 'string' }] }]]),
    views: new Map<string, unknown>([
      ['recent', aggregate('flights')],
      ['request', REQUEST],
    ]),
    models: new Map([['late', { features: ['recent', 'request'], label }]]),
  } as unknown as Workspace;
  const { bundle } = compileBundle(workspace, 'late');
  const columns = columnVariables(compileSource(workspace, sources[0]!).columns);
  return labelReaders(bundle, label as unknown as Model['label'], { columns, sources });
}

describe('the features that read what a label is made of', () => {
  it('are those whose values it enters, as input or as condition, and not those that only count rows', () => {
    expect(readers('delay > 15')).toEqual({
      labelColumns: ['delay'],
      pastReaders: ['recent.very_late_1h', 'recent.late_1h', 'recent.late_6h'],
      pastSources: ['flights'],
      requestReaders: [],
    });
  });

  it('are every feature of every column of the label', () => {
    expect(readers('delay > distance').pastReaders).toEqual([
      'recent.distance_mean_1h',
      'recent.very_late_1h',
      'recent.late_1h',
      'recent.late_6h',
    ]);
  });

  it('are none that read another source', () => {
    expect(readers('delay > 15', { sources: ['others'] })).toMatchObject({ pastReaders: [], pastSources: [] });
  });

  it('are those that read the same data under another name', () => {
    const found = readers('delay > 15', { sources: ['others', 'flights'] });
    expect(found.pastReaders).toEqual(['recent.very_late_1h', 'recent.late_1h', 'recent.late_6h']);
    expect(found.pastSources).toEqual(['flights']);
    expect(readers('origin == "x"', { sources: ['others', 'flights'] }).pastSources).toEqual([]);
  });

  it('are those of the request that are filled from the label’s own row', () => {
    expect(readers('delay > 15', { planned: 'delay' }).requestReaders).toEqual(['request.speed']);
    expect(readers('distance > 15').requestReaders).toEqual(['request.distance', 'request.speed']);
  });
});
