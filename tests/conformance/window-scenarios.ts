import {
  type AggregateView,
  type CompiledAggregateView,
  compileView,
  type Entity,
  formatDurationMs,
  isAccepted,
  type Source,
} from '@signalbox/contracts';
import fc from 'fast-check';
import type { OracleEvent, OracleFeature, OracleRequest, OracleView } from '../oracles/windows.oracle.js';

/** A view, events and requests that lie on each other's edges: what the plans and the online path must agree on with the oracle. */
export interface Scenario {
  readonly view: CompiledAggregateView;
  readonly oracle: OracleView;
  /** Refused ones included. */
  readonly events: readonly OracleEvent[];
  readonly accepted: readonly OracleEvent[];
  readonly requests: readonly OracleRequest[];
}

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WINDOWS_MS = ['5m', '7m', '1h', '90m', '6h', '24h', '25h', '3d', '7d', '30d'] as const;
const WINDOW_US: Record<string, number> = {
  '5m': 5 * MINUTE,
  '7m': 7 * MINUTE,
  '1h': HOUR,
  '90m': 90 * MINUTE,
  '6h': 6 * HOUR,
  '24h': DAY,
  '25h': 25 * HOUR,
  '3d': 3 * DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
};
/** The hop of each window, written out here rather than computed as the product does. */
const HOP_US: Record<string, number> = {
  '5m': 5 * MINUTE,
  '7m': 5 * MINUTE,
  '1h': 5 * MINUTE,
  '90m': 5 * MINUTE,
  '6h': 5 * MINUTE,
  '24h': HOUR,
  '25h': HOUR,
  '3d': HOUR,
  '7d': HOUR,
  '30d': DAY,
};
/** Longer than the windows, too: then even a window's tail may still be unseen. */
const LATENESS_US = [0, 1, 20 * MINUTE, 2 * HOUR, 29 * HOUR, 50 * HOUR, 8 * DAY, 8 * DAY, 8 * DAY];
const DELAYS_US = [0, 1000, 10 * MINUTE, HOUR, 30 * HOUR];
const SKEWS_US = [0, 3 * MINUTE];
const ORIGINS_US = [0, -400 * DAY, 986_083_200_000_000, 1_700_000_000_000_000];
const KEYS: readonly (readonly [string | null, number | null])[] = [
  ['hot', 1],
  ['hot', 1],
  ['hot', 1],
  ['hot', 1],
  ['a","b', 1],
  ['a', 11],
  ['a1', 1],
  ['', 0],
  ["it's", -1],
  [null, 1],
  ['a', null],
];

const { record, array, constantFrom, integer, shuffledSubarray, boolean, tuple } = fc;
const nudge = constantFrom(-1, 0, 0, 1);
interface Sizes {
  readonly requests: fc.Arbitrary<number>;
  readonly events: { readonly minLength: number; readonly maxLength: number };
  readonly windows: number;
}

const parametersOf = (sizes: Sizes) =>
  record({
    mode: constantFrom('exact' as const, 'sawtooth' as const),
    windows: shuffledSubarray([...WINDOWS_MS], { minLength: 1, maxLength: sizes.windows }),
    latenessUs: constantFrom(...LATENESS_US),
    delayUs: constantFrom(...DELAYS_US),
    skewUs: constantFrom(...SKEWS_US),
    originUs: constantFrom(...ORIGINS_US),
    twoKeys: boolean(),
    requests: sizes.requests,
    requestTimes: array(
      tuple(integer({ min: 0, max: 8 }), constantFrom(0, 1, 59, 60, 299, 300, 301, 1800, 3599), nudge),
      { minLength: 5, maxLength: 20 },
    ),
    requestKeys: array(integer({ min: 0, max: 99 }), { minLength: 3, maxLength: 9 }),
    events: array(
      record({
        near: integer({ min: 0, max: 9999 }),
        edge: integer({ min: 0, max: 999 }),
        nudge,
        arrival: integer({ min: 0, max: 999 }),
        arrivalNudge: constantFrom(-1, 0, 0, 0, 0, 1),
        key: integer({ min: 0, max: 99 }),
        v: constantFrom(null, -3, 0, 2, 3, 7),
        d: constantFrom(null, -0.25, 0.5, 1024),
      }),
      sizes.events,
    ),
  });

/** DuckDB changes its plans at 64 rows on one side of a join. */
const fewOrAround64 = fc.oneof(
  { weight: 6, arbitrary: integer({ min: 1, max: 20 }) },
  { weight: 1, arbitrary: constantFrom(63, 64, 65, 200) },
);

export const scenarioArbitrary: fc.Arbitrary<Scenario> = parametersOf({
  requests: fewOrAround64,
  events: { minLength: 0, maxLength: 60 },
  windows: 4,
}).map(toScenario);

/** Many events and requests, most of them of one key. */
export const largeScenarioArbitrary: fc.Arbitrary<Scenario> = parametersOf({
  requests: fc.constant(1500),
  events: { minLength: 2500, maxLength: 2500 },
  windows: 2,
}).map(toScenario);

type Parameters = ReturnType<typeof parametersOf> extends fc.Arbitrary<infer T> ? T : never;

function toScenario(p: Parameters): Scenario {
  const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!;
  const requests = Array.from({ length: p.requests }, (_, index): OracleRequest => {
    const [days, seconds, by] = pick(p.requestTimes, index);
    return { atUs: p.originUs + days * DAY + seconds * 1_000_000 + by, key: keyOf(p, pick(p.requestKeys, index)) };
  });
  // Each event lies where membership changes for one of the requests: in time, in arrival, or in both.
  const events = p.events.map((event): OracleEvent => {
    const near = pick(requests, event.near);
    const eventTs = pick(edgesOf(p, near.atUs), event.edge) + event.nudge;
    const arrivals = [
      near.atUs,
      eventTs,
      eventTs + p.latenessUs,
      eventTs - p.skewUs,
      near.atUs,
      startOfHour(near.atUs),
    ];
    return {
      key: event.key < 70 ? near.key : keyOf(p, event.key),
      eventTs,
      arrivalTs: pick(arrivals, event.arrival) + event.arrivalNudge,
      row: { v: event.v, d: event.d },
    };
  });
  const view = viewOf(p);
  const { allowedLatenessUs, futureSkewUs } = view.source;
  return {
    view,
    requests,
    events,
    accepted: events.filter((event) => isAccepted({ allowedLatenessUs, futureSkewUs }, event)),
    oracle: oracleOf(p),
  };
}

const startOfHour = (time: number): number => Math.floor(time / HOUR) * HOUR;

/** The head and the tails of a request's windows, the edges of their hops, and some times between. */
function edgesOf(p: Parameters, atUs: number): number[] {
  const head = atUs - p.delayUs;
  const tails = p.windows.flatMap((window) => {
    const tail = head - WINDOW_US[window]!;
    const hop = HOP_US[window]!;
    return [tail, tail, Math.floor(tail / hop) * hop, tail - hop, tail + 2 * HOUR];
  });
  return [head, atUs, startOfHour(head), head - 40 * MINUTE, head - 5 * HOUR, ...tails];
}

const keyOf = (p: Parameters, index: number): readonly (string | number | null)[] => {
  const [name, number] = KEYS[index % KEYS.length]!;
  return p.twoKeys ? [name, number] : [name];
};

const AGGREGATIONS: readonly {
  readonly how: OracleFeature['how'];
  readonly name: string;
  readonly input: OracleFeature['input'];
  readonly document: Record<string, string>;
}[] = [
  { how: 'count', name: 'count', input: () => 1, document: {} },
  { how: 'count', name: 'v_count', input: ({ v }) => (v === null ? null : 1), document: { input: 'v' } },
  { how: 'sum', name: 'v_sum', input: ({ v }) => v, document: { input: 'v' } },
  { how: 'mean', name: 'd_mean', input: ({ d }) => d, document: { input: 'd' } },
  { how: 'min', name: 'd_min', input: ({ d }) => d, document: { input: 'd' } },
  { how: 'max', name: 'v_max', input: ({ v }) => v, document: { input: 'v' } },
  { how: 'share', name: 'big', input: ({ v }) => (v === null ? null : Number(v > 2)), document: { where: 'v > 2' } },
  {
    how: 'sum',
    name: 'late',
    input: ({ v, d }) => (v !== null && v > 2 ? d : null),
    document: { input: 'd', where: 'v > 2' },
  },
];

const milliseconds = (us: number): string => formatDurationMs(Math.floor(us / 1000));

function viewOf(p: Parameters): CompiledAggregateView {
  const column = (type: string) => ({ type, maxMissingShare: 1, severity: 'block' });
  const source = {
    description: 'x',
    owner: 'x',
    data: { format: 'parquet', path: 'x' },
    eventTime: 'ts',
    futureSkew: milliseconds(p.skewUs),
    allowedLateness: milliseconds(p.latenessUs),
    columns: {
      ts: column('timestamp'),
      name: column('string'),
      number: column('int'),
      v: column('int'),
      d: column('double'),
    },
    duplicates: 'never',
    minRows: 1,
    maxQuarantineShare: 1,
  } as Source;
  const keys = [
    { name: 'name', type: 'string' as const },
    { name: 'number', type: 'int' as const },
  ].slice(0, p.twoKeys ? 2 : 1);
  const entity: Entity = { description: 'x', keys };
  const document = {
    kind: 'aggregate',
    description: 'x',
    entity: 'thing',
    source: 'things',
    mode: p.mode,
    delay: milliseconds(p.delayUs),
    aggregations: AGGREGATIONS.map(({ how, name, document: more }) => ({
      function: how,
      name,
      windows: p.windows,
      ...more,
    })),
  } as AggregateView;
  const view = compileView(
    {
      sources: new Map([['things', source]]),
      entities: new Map([['thing', entity]]),
      views: new Map([['things', document]]),
    },
    'things',
  );
  if (view.kind !== 'aggregate') throw new Error('an aggregate view compiles to one');
  // Documents say milliseconds; a lateness of one microsecond is an edge that only a compiled source can have.
  return { ...view, source: { ...view.source, allowedLatenessUs: p.latenessUs } };
}

function oracleOf(p: Parameters): OracleView {
  const features = AGGREGATIONS.flatMap(({ how, name, input }) =>
    p.windows.map((window) => ({
      name: `${name}_${window}`,
      how,
      input,
      windowUs: WINDOW_US[window]!,
      hopUs: p.mode === 'exact' ? 0 : HOP_US[window]!,
    })),
  );
  return { delayUs: p.delayUs, allowedLatenessUs: p.latenessUs, futureSkewUs: p.skewUs, features };
}
