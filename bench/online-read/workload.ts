import { type CompiledAggregateView, encodeEntityKey, type FeatureBundle, hopOfWindow } from '@signalbox/contracts';
import { type FeatureRequest, OnlineFeatureReader } from '@signalbox/serving/features';
import { runMaterializer } from '@signalbox/serving/materializer';
import {
  type NewEvent,
  type OnlineKey,
  type OnlineStore,
  openEventLog,
  openOnlineStore,
} from '@signalbox/serving/stores';

const HOUR_US = 3600e6;
const WINDOWS = { '1h': HOUR_US, '6h': 6 * HOUR_US, '24h': 24 * HOUR_US, '7d': 168 * HOUR_US };
const START_US = Date.UTC(2001, 3, 1) * 1000;
/** A week of events, so that every window is full: 200 airports with as many events as the busy ones of the flights have. */
const EVENTS = 300_000;
const AIRPORTS = 200;
const BATCH = 20_000;

/** Twelve window features over an entity. */
function delays(name: string, keyColumns: readonly string[]): CompiledAggregateView {
  return {
    kind: 'aggregate',
    name,
    digest: `sha256:${name}`,
    entity: { name, keys: keyColumns.map((column) => ({ name: column, type: 'string' })) },
    keyColumns,
    source: {
      name: 'flights',
      columns: { date: 'timestamp', delay: 'int', origin: 'string', destination: 'string' },
      eventTime: 'date',
      allowedLatenessUs: HOUR_US,
      futureSkewUs: 0,
    },
    mode: 'sawtooth',
    delayUs: 0,
    slots: [
      { op: 'sum', input: 'delay' },
      { op: 'count', input: 'delay' },
      { op: 'max', input: 'delay' },
    ],
    features: Object.entries(WINDOWS).flatMap(([window, windowUs]) => {
      const length = { windowUs, hopUs: hopOfWindow(windowUs) };
      return [
        { name: `count_${window}`, function: 'count' as const, slots: [1], ...length },
        { name: `mean_${window}`, function: 'mean' as const, slots: [0, 1], ...length },
        { name: `max_${window}`, function: 'max' as const, slots: [2], ...length },
      ];
    }),
  };
}

const VIEWS = [
  delays('origin', ['origin']),
  delays('destination', ['destination']),
  delays('route', ['origin', 'destination']),
];
const BUNDLE: FeatureBundle = {
  schema: 'signalbox/feature-bundle/1',
  views: VIEWS,
  order: VIEWS.flatMap((view) => view.features.map((feature) => `${view.name}.${feature.name}`)),
};

/** The same numbers in every run (a linear congruential generator). */
export function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export interface Workload {
  readonly online: OnlineStore;
  readonly reader: OnlineFeatureReader;
  readonly requests: readonly FeatureRequest[];
  /** The keys that each request looks up. */
  readonly keys: readonly (readonly OnlineKey[])[];
}

/** An online store kept by the real materializer, and requests for random entities of it. */
export async function prepareWorkload(folder: string, requests: number): Promise<Workload> {
  const random = generator(1);
  const airport = (n: number) => `A${n}`;
  const log = openEventLog(`${folder}/log`);
  const online = openOnlineStore(`${folder}/online`);
  for (const view of VIEWS) await online.registerView(view, {});
  const spacingUs = Math.floor((7 * 24 * HOUR_US) / EVENTS);
  for (let start = 0; start < EVENTS; start += BATCH) {
    const events = Array.from({ length: BATCH }, (_, i): NewEvent => {
      const eventTs = START_US + (start + i) * spacingUs;
      const [origin, destination] = [airport(random(AIRPORTS)), airport(random(20))];
      const row = { date: eventTs, delay: random(300) - 30, origin, destination };
      return { eventTs, arrivalTs: eventTs, key: origin, row };
    });
    await log.append('flights', events);
  }
  await runMaterializer({ log, online, once: true });
  await log.close();
  const atUs = START_US + 7 * 24 * HOUR_US;
  const asked = Array.from({ length: requests }, (): FeatureRequest => {
    const [origin, destination] = [airport(random(AIRPORTS)), airport(random(20))];
    const entities = { origin: [origin], destination: [destination], route: [origin, destination] };
    return { entities, request: {}, atUs: atUs + random(60e6) };
  });
  const keys = asked.map(({ entities }) =>
    VIEWS.map((view) => ({ view: view.digest, entityKey: encodeEntityKey(entities[view.entity.name]!) })),
  );
  return { online, reader: new OnlineFeatureReader(BUNDLE, online), requests: asked, keys };
}
