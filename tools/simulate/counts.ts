import {
  type EvidenceCell,
  type EvidenceRoute,
  LATENCY_BINS,
  PAIRED_UNIT,
  type RolloutManifest,
  UNIT_GROUPS,
} from '@signalbox/contracts';

/** What one version did in one role and one segment under one manifest, while it grows; a cell is made of it when somebody looks. */
export class Counts {
  readonly #latency = new Uint32Array(LATENCY_BINS);
  readonly #units = new Array<number>(UNIT_GROUPS).fill(0);
  readonly #paired = { rows: 0, sum: 0, sumSquares: 0 };
  /** The bins that are not empty lie between these. */
  readonly #bins = { from: LATENCY_BINS, to: 0 };
  #asked = 0;
  #failed = 0;
  #degraded = 0;

  constructor(
    readonly version: number,
    readonly route: EvidenceRoute,
    readonly segment: string | null,
  ) {}

  asked(latencyBin: number, group: number): void {
    this.#asked += 1;
    this.#latency[latencyBin]! += 1;
    if (latencyBin < this.#bins.from) this.#bins.from = latencyBin;
    if (latencyBin >= this.#bins.to) this.#bins.to = latencyBin + 1;
    this.#units[group]! += 1;
  }

  failed(): void {
    this.#failed += 1;
  }

  degraded(): void {
    this.#degraded += 1;
  }

  /** Its score minus the champion's on the same request. */
  paired(difference: number): void {
    const units = Math.round(difference / PAIRED_UNIT);
    this.#paired.rows += 1;
    this.#paired.sum += units;
    this.#paired.sumSquares += units * units;
  }

  cell({ model, packages, serial }: RolloutManifest): EvidenceCell {
    const isShadow = this.route === 'shadow';
    return {
      ...{ model, version: this.version, serial, route: this.route, segment: this.segment, windowUs: 0 },
      package: packages.find(({ version }) => version === this.version)!.digest,
      asked: this.#asked,
      units: isShadow ? [] : [...this.#units],
      failed: this.#failed === 0 ? {} : { error: this.#failed },
      degraded: this.#degraded,
      latency: this.#sparseLatency(),
      ...{ score: [], features: [] },
      paired: isShadow && this.#paired.rows > 0 ? { ...this.#paired } : null,
    };
  }

  #sparseLatency(): EvidenceCell['latency'] {
    const found: [number, number][] = [];
    const { from, to } = this.#bins;
    for (let bin = from; bin < to; bin++) if (this.#latency[bin] !== 0) found.push([bin, this.#latency[bin]!]);
    return found;
  }
}
