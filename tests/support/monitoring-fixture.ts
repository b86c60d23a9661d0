import {
  binCount,
  binOf,
  type EvidenceCell,
  type Model,
  parseInstantUs,
  type ReferenceProfile,
  US_PER_DAY,
} from '@signalbox/contracts';
import type { MonitorInput } from '../../tools/monitoring/index.js';
import { referenceProfile } from '../../tools/registry/reference-profile.js';
import { mulberry32 } from '../../tools/statistics/index.js';

/** A model with two features whose reference is flat, and windows of a day; for tests of monitoring. */
export const FEATURES = ['view.amount', 'view.count'] as const;
export const LIVE = { version: 2, package: `sha256:${'2'.repeat(64)}` };
export const START_US = parseInstantUs('2001-06-01');

export const RULES: MonitorInput['rules'] = {
  gates: {
    quality: { auc: { min: 0.6 } },
    slices: {},
    infrastructure: { maxPackageSize: '2GiB', maxP95LatencyMs: 150, maxMemory: '4GiB' },
  },
  monitoring: {
    window: '1d',
    minRows: 200,
    drift: { threshold: 0.1, falseDiscoveryRate: 0.01, persistence: { windows: 2, of: 3 } },
    labelMaturity: '1d',
  } satisfies Model['monitoring'],
};

const AT_ONCE = { atUs: new Float64Array(20_000), fromUs: 0, toUs: 0 };
const EVEN = Float32Array.from({ length: 20_000 }, (_, row) => row % 100);
export const PROFILE: ReferenceProfile = referenceProfile({
  model: 'late',
  features: FEATURES.map((name) => ({ name, values: EVEN })),
  scores: EVEN.map((value) => value / 100),
  times: { windowUs: US_PER_DAY, features: AT_ONCE, scores: AT_ONCE },
});

/** What the requests of one hour look like: values are drawn from the reference, unless `shift` moves those of one feature. */
export interface DayOfTraffic {
  readonly rows: number;
  readonly seed: number;
  readonly shift?: { readonly feature: string; readonly by: number };
  readonly change?: Partial<EvidenceCell>;
}

/** One cell of the champion in the first hour of the `day`th day; a day before the first is -1. */
export function cellOn(day: number, { rows, seed, shift, change }: DayOfTraffic): EvidenceCell {
  const random = mulberry32(seed);
  const profile = PROFILE;
  const features = profile.features.map(({ bins, name }) => {
    const counts = new Array<number>(binCount(bins)).fill(0);
    const by = shift?.feature === name ? shift.by : 0;
    for (let row = 0; row < rows; row++) counts[binOf(bins, Math.fround(Math.floor(random() * 100) + by))]!++;
    return counts;
  });
  const score = new Array<number>(binCount(profile.score.bins)).fill(0);
  for (let row = 0; row < rows; row++)
    score[binOf(profile.score.bins, Math.fround(Math.floor(random() * 100) / 100))]!++;
  return {
    model: 'late',
    ...LIVE,
    route: 'champion',
    serial: 1,
    windowUs: START_US + day * US_PER_DAY,
    segment: null,
    asked: rows,
    units: [],
    failed: {},
    degraded: 0,
    latency: [],
    score,
    features,
    paired: null,
    ...change,
  };
}

/** A look at `days` days, where traffic began the day before. */
export function inputOf(
  cells: readonly EvidenceCell[],
  days: number,
  change: Partial<MonitorInput> = {},
): MonitorInput {
  return {
    environment: 'prod',
    model: 'late',
    rules: RULES,
    live: LIVE,
    profile: PROFILE,
    fromUs: START_US,
    toUs: START_US + days * US_PER_DAY,
    cells,
    outcomes: null,
    problems: [],
    ...change,
  };
}
