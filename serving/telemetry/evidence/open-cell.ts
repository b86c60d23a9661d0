import {
  type EvidenceCell,
  type EvidenceRoute,
  LATENCY_BINS,
  latencyBin,
  PAIRED_UNIT,
  type ReferenceProfile,
  UNIT_GROUPS,
} from '@signalbox/contracts';
import { BinnedRows } from './binned-rows.js';
import { CompiledBins } from './compile-bins.js';

/** The bins of a version, laid out for counting. */
export interface CountedBins {
  readonly features: CompiledBins;
  readonly score: CompiledBins;
}

export function countedBins({ features, score }: ReferenceProfile): CountedBins {
  return { features: new CompiledBins(features.map(({ bins }) => bins)), score: new CompiledBins([score.bins]) };
}

/** What a cell is about, but for its window. */
export interface CellSubject {
  readonly model: string;
  readonly version: number;
  readonly package: string;
  readonly serial: number;
  readonly route: EvidenceRoute;
  readonly segment: string | null;
  /** Null: a version that could not be loaded, whose bins nobody knows. */
  readonly bins: CountedBins | null;
}

/** Where units come by their own hash. Copies are a choice of units, and what is asked after a failure is a choice of requests. */
const ROUTES_OF_UNITS: ReadonlySet<EvidenceRoute> = new Set(['champion', 'candidate', 'segment']);

/**
 * A cell that is still counting. One `ask` and what became of it are counted in one go, when the version has answered or failed: so every cell is
 * consistent in itself (`asked` is its failures and scores together, and as many latencies), wherever one segment ends and the next begins.
 */
export class OpenCell {
  readonly #latency = new Uint32Array(LATENCY_BINS);
  readonly #failed = new Map<string, number>();
  readonly #scores: BinnedRows | null;
  readonly #features: BinnedRows | null;
  readonly #units: Uint32Array | null;
  #asked = 0;
  #degraded = 0;
  #pairs = 0;
  #sum = 0;
  #sumSquares = 0;

  constructor(
    readonly subject: CellSubject,
    readonly windowUs: number,
  ) {
    this.#scores = subject.bins && new BinnedRows(subject.bins.score);
    this.#features = subject.bins && new BinnedRows(subject.bins.features);
    this.#units = ROUTES_OF_UNITS.has(subject.route) ? new Uint32Array(UNIT_GROUPS) : null;
  }

  /** The version was asked for a unit of this bucket; it took this long until its score or failure. */
  asked(ms: number, bucket: number): void {
    this.#asked += 1;
    this.#latency[latencyBin(ms)]! += 1;
    if (this.#units !== null) this.#units[bucket % UNIT_GROUPS]! += 1;
  }

  /** Its inputs, in the order of its signature; NaN is NULL. */
  read(values: Float32Array): void {
    this.#features?.add(values);
  }

  scored(score: number): void {
    this.#scores?.addValue(score);
  }

  degraded(): void {
    this.#degraded += 1;
  }

  failed(kind: string): void {
    this.#failed.set(kind, (this.#failed.get(kind) ?? 0) + 1);
  }

  /** Its score minus the champion's on the same request. */
  paired(difference: number): void {
    const units = Math.round(difference / PAIRED_UNIT);
    this.#pairs += 1;
    this.#sum += units;
    this.#sumSquares += units * units;
  }

  close(): EvidenceCell {
    const { bins: _, ...subject } = this.subject;
    return {
      ...subject,
      windowUs: this.windowUs,
      asked: this.#asked,
      units: this.#units === null ? [] : [...this.#units],
      failed: Object.fromEntries(this.#failed),
      degraded: this.#degraded,
      latency: sparse(this.#latency),
      score: this.#scores?.counts()?.[0] ?? [],
      features: this.#features?.counts() ?? [],
      paired: this.#pairs === 0 ? null : { rows: this.#pairs, sum: this.#sum, sumSquares: this.#sumSquares },
    };
  }
}

function sparse(counts: Uint32Array): (readonly [bin: number, count: number])[] {
  const found: [number, number][] = [];
  for (let bin = 0; bin < counts.length; bin += 1) if (counts[bin] !== 0) found.push([bin, counts[bin]!]);
  return found;
}
