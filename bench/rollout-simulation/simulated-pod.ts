import {
  type EvidenceCell,
  type EvidenceRoute,
  latencyBin,
  type ManifestPackage,
  PAIRED_UNIT,
  type RolloutManifest,
} from '@signalbox/contracts';
import { route } from '@signalbox/serving/routing';
import { normalQuantile } from '@signalbox/tools/statistics';
import type { PodEvidence } from '../../tools/release/index.js';
import type { Behaviour } from './behaviour.js';

/** The spread of latencies: the 95th percentile is 2.3 times the median. */
const LATENCY_SIGMA = 0.5;

/** Counts as they grow; a cell is made of them when the reconciler looks. */
interface Counts {
  readonly package: ManifestPackage;
  readonly route: EvidenceRoute;
  asked: number;
  failed: number;
  readonly latency: Map<number, number>;
  readonly paired: { rows: number; sum: number; sumSquares: number };
}

/** A pod whose versions answer by chance instead of by a model: routes by the production function, counts what a pod counts. */
export class SimulatedPod {
  readonly name: string;
  readonly #behaviours: ReadonlyMap<number, Behaviour>;
  readonly #next: () => number;
  readonly #counts = new Map<string, Counts>();
  #manifest: RolloutManifest | null = null;

  constructor(name: string, behaviours: ReadonlyMap<number, Behaviour>, next: () => number) {
    this.name = name;
    this.#behaviours = behaviours;
    this.#next = next;
  }

  apply(manifest: RolloutManifest): void {
    if (manifest.serial === this.#manifest?.serial) return;
    this.#manifest = manifest;
    this.#counts.clear();
  }

  /** Answers one request; the version that was chosen. */
  answer(unit: string): number {
    const manifest = this.#manifest!;
    const { role, shadow, version } = route(manifest, unit);
    const isAnswered = this.#ask(version, role);
    if (shadow !== null) {
      const isCopied = this.#ask(shadow, 'shadow');
      if (isAnswered && isCopied) this.#pair(shadow);
    }
    return version;
  }

  evidence(): PodEvidence {
    return {
      pod: this.name,
      fresh: true,
      frozen: false,
      appliedSerial: this.#manifest?.serial ?? null,
      rejected: null,
      breaker: null,
      problem: null,
      cells: [...this.#counts.values()].map((counts) => cellOf(counts, this.#manifest!)),
    };
  }

  #ask(version: number, route: EvidenceRoute): boolean {
    const { failureShare, medianLatencyMs } = this.#behaviours.get(version)!;
    const counts = this.#countsOf(version, route);
    const bin = latencyBin(medianLatencyMs * Math.exp(LATENCY_SIGMA * this.#normal()));
    const isFailure = this.#next() < failureShare;
    counts.asked += 1;
    counts.latency.set(bin, (counts.latency.get(bin) ?? 0) + 1);
    if (isFailure) counts.failed += 1;
    return !isFailure;
  }

  #pair(version: number): void {
    const { scoreShift, scoreSpread } = this.#behaviours.get(version)!;
    const { paired } = this.#countsOf(version, 'shadow');
    const units = Math.round((scoreShift + scoreSpread * this.#normal()) / PAIRED_UNIT);
    paired.rows += 1;
    paired.sum += units;
    paired.sumSquares += units * units;
  }

  #countsOf(version: number, route: EvidenceRoute): Counts {
    const key = `${route} ${version}`;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      const found = this.#manifest!.packages.find((one) => one.version === version)!;
      const paired = { rows: 0, sum: 0, sumSquares: 0 };
      counts = { package: found, route, asked: 0, failed: 0, latency: new Map(), paired };
      this.#counts.set(key, counts);
    }
    return counts;
  }

  #normal(): number {
    return normalQuantile(Math.max(this.#next(), Number.MIN_VALUE));
  }
}

function cellOf({ asked, failed, latency, package: of, paired, route }: Counts, about: RolloutManifest): EvidenceCell {
  return {
    model: about.model,
    version: of.version,
    package: of.digest,
    route,
    serial: about.serial,
    segment: null,
    windowUs: 0,
    asked,
    units: [],
    failed: failed === 0 ? {} : { error: failed },
    degraded: failed,
    latency: [...latency].sort(([left], [right]) => left - right),
    score: [],
    features: [],
    paired: route === 'shadow' ? { ...paired } : null,
  };
}
