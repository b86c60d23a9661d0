import type { Metric, Registry } from 'prom-client';

/**
 * Counters and histograms for the path of a request. prom-client hashes the labels at every `inc`; here the caller holds its series, and
 * counting is an addition. They stand in a prom-client registry like any other metric.
 */
export type Labels = Readonly<Record<string, string | number>>;

interface Sample {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

abstract class Family<S> {
  readonly #series = new Map<string, S>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly type: 'counter' | 'histogram',
  ) {}

  readonly aggregator = 'sum';

  /** The series of these labels; ask once and keep it. */
  series(labels: Labels): S {
    const key = JSON.stringify(labels);
    let found = this.#series.get(key);
    if (found === undefined) {
      found = this.create(labels);
      this.#series.set(key, found);
    }
    return found;
  }

  registerIn(registry: Registry): this {
    registry.registerMetric(this as unknown as Metric<string>);
    return this;
  }

  /** What prom-client asks for at a scrape. */
  async get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: Sample[] }> {
    const { name, help, type, aggregator } = this;
    return {
      name,
      help,
      type,
      aggregator,
      values: [...this.#series.values()].flatMap((series) => this.samples(series)),
    };
  }

  reset(): void {
    this.#series.clear();
  }

  protected abstract create(labels: Labels): S;
  protected abstract samples(series: S): Sample[];
}

export interface CounterSeries {
  readonly labels: Labels;
  value: number;
}

export class CounterFamily extends Family<CounterSeries> {
  constructor(name: string, help: string) {
    super(name, help, 'counter');
  }

  protected override create(labels: Labels): CounterSeries {
    return { labels, value: 0 };
  }

  protected override samples({ labels, value }: CounterSeries): Sample[] {
    return [{ labels, value }];
  }
}

export class HistogramSeries {
  readonly counts: Float64Array;
  sum = 0;

  constructor(
    readonly labels: Labels,
    readonly bounds: readonly number[],
  ) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > this.bounds[at]!) at += 1;
    this.counts[at]! += 1;
    this.sum += value;
  }
}

export class HistogramFamily extends Family<HistogramSeries> {
  readonly #bounds: readonly number[];

  constructor(name: string, help: string, bounds: readonly number[]) {
    super(name, help, 'histogram');
    this.#bounds = bounds;
  }

  protected override create(labels: Labels): HistogramSeries {
    return new HistogramSeries(labels, this.#bounds);
  }

  protected override samples({ labels, counts, bounds, sum }: HistogramSeries): Sample[] {
    let below = 0;
    const buckets = [...bounds, '+Inf'].map((le, at) => {
      below += counts[at]!;
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: below },
    ];
  }
}
