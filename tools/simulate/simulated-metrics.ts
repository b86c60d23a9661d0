import type { Metric, Strategy } from '@signalbox/contracts';
import type { MetricReading, MetricReadings } from '../release/index.js';
import { levelOf, type MetricLevel } from './behaviour.js';

interface Sums {
  rows: number;
  sum: number;
  sumSquares: number;
}

/** A uniform draw has this standard deviation. */
const UNIFORM_SPREAD = 1 / Math.sqrt(12);

/** What came of the answers, by version: every answer has an outcome at once. Metrics that are only held against a least or a greatest value are taken as met. */
export class SimulatedMetrics {
  readonly #levels: ReadonlyMap<string, MetricLevel>;
  readonly #met: ReadonlyMap<string, MetricReading>;
  readonly #shifts: ReadonlyMap<number, number>;
  readonly #next: () => number;
  readonly #sums = new Map<string, Sums>();

  constructor(
    strategy: Pick<Strategy, 'analysis' | 'experiment'>,
    about: { metrics: ReadonlyMap<string, Metric>; shifts: ReadonlyMap<number, number>; next: () => number },
  ) {
    const compared = strategy.analysis.metrics.filter(({ margin }) => margin !== undefined).map(({ metric }) => metric);
    const names = new Set([...compared, ...(strategy.experiment === undefined ? [] : [strategy.experiment.metric])]);
    this.#levels = new Map(
      [...about.metrics].flatMap(([name, one]) => (names.has(name) ? [[name, levelOf(one)] as const] : [])),
    );
    this.#met = new Map(
      strategy.analysis.metrics.flatMap(({ max, metric, min }) =>
        names.has(metric) ? [] : [[metric, { kind: 'number', value: min ?? max ?? 0 }] as const],
      ),
    );
    this.#shifts = about.shifts;
    this.#next = about.next;
  }

  /** Readings are about one manifest, as evidence is. */
  clear(): void {
    this.#sums.clear();
  }

  answered(version: number): void {
    for (const [name, level] of this.#levels) {
      const value = level.value + (this.#shifts.get(version) ?? 0);
      const drawn = this.#draw(level, value);
      const sums = this.#sumsOf(`${version} ${name}`);
      sums.rows += 1;
      sums.sum += drawn;
      sums.sumSquares += drawn * drawn;
    }
  }

  readings(): MetricReadings {
    return new Map([...this.#shifts.keys()].map((version) => [version, this.#readingsOf(version)]));
  }

  #draw({ kind, spread }: MetricLevel, value: number): number {
    if (kind === 'rate') return Number(this.#next() < value);
    return value + ((this.#next() - 0.5) / UNIFORM_SPREAD) * spread;
  }

  #readingsOf(version: number): ReadonlyMap<string, MetricReading> {
    const readings = new Map(this.#met);
    for (const [name, { kind }] of this.#levels) {
      const { rows, sum, sumSquares } = this.#sumsOf(`${version} ${name}`);
      readings.set(name, kind === 'rate' ? { kind, successes: sum, total: rows } : { kind, rows, sum, sumSquares });
    }
    return readings;
  }

  #sumsOf(key: string): Sums {
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = { rows: 0, sum: 0, sumSquares: 0 };
      this.#sums.set(key, sums);
    }
    return sums;
  }
}
