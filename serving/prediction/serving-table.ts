import type { PodBreaker, PredictionRecord, RolloutManifest } from '@signalbox/contracts';
import { Breakers, compileRule, type Rule } from '../degradation/index.js';
import { type CompiledSegments, compileSegments } from '../routing/index.js';
import type {
  CounterSeries,
  EvidenceRecorder,
  HistogramSeries,
  PodMetrics,
  VersionEvidence,
} from '../telemetry/index.js';
import type { LoadedVersion } from './loaded-version.js';
import type { RequestShape } from './parse-request.js';
import { mergeInputs } from './public-inputs.js';

/** A version as one manifest uses it. */
export interface TableVersion {
  readonly version: number;
  readonly digest: string;
  /** Null: it cannot be used here (yet), and every attempt to do so fails. */
  readonly loaded: LoadedVersion | null;
  /** Where it is counted under this manifest; null where nothing is counted. */
  readonly evidence: VersionEvidence | null;
  /** Starts the prediction ids of its answers. */
  readonly idPrefix: string;
}

/** What the tables of a pod count into. */
export interface TableContext {
  readonly metrics: PodMetrics;
  /** Null: nothing is counted as evidence, to measure what counting costs. */
  readonly evidence: EvidenceRecorder | null;
  /** Versions that cannot be used, loaded or not. What they name is known all the same: a rule or a condition may speak of it. */
  readonly without: ReadonlySet<number>;
  /** Of an earlier table of the same manifest: what is cut off stays so until the next one. Null: every version is asked. */
  readonly breakers: Breakers | null;
  /** The manifest whose evidence its answers are: that of what serves, unless it serves only a part of one that was not taken. */
  readonly countedUnder: number;
  /** A breaker has opened. */
  readonly onBreaker: (breaker: PodBreaker) => void;
}

/** The metrics of the answers of one version in one role. */
export interface AnswerSeries {
  readonly requests: CounterSeries;
  readonly degraded: CounterSeries;
  readonly seconds: HistogramSeries;
}

/**
 * What one applied manifest means for requests. Immutable but for what it counts; a request takes one when it starts and keeps it to the end, so
 * every phase uses the same versions, and a swap is one assignment.
 */
export class ServingTable {
  readonly manifest: RolloutManifest;
  readonly versions: ReadonlyMap<number, TableVersion>;
  readonly champion: TableVersion;
  readonly shape: RequestShape;
  readonly rule: Rule | null;
  readonly segments: CompiledSegments;
  readonly breakers: Breakers;
  readonly metrics: PodMetrics;
  /** Copies in flight; bounded by the predictor. */
  shadows = 0;
  readonly #series = new Map<string, AnswerSeries>();
  #inFlight = 0;
  readonly #drained: (() => void)[] = [];

  /** The champion must be loaded. Throws `input/bad-expression` for a rule or a condition that cannot be compiled. */
  constructor(
    manifest: RolloutManifest,
    loaded: ReadonlyMap<string, LoadedVersion>,
    { metrics, evidence, without, breakers, countedUnder, onBreaker }: TableContext,
  ) {
    this.manifest = manifest;
    this.metrics = metrics;
    this.versions = new Map(
      manifest.packages.map((entry) => {
        const usable = without.has(entry.version) ? null : (loaded.get(entry.digest) ?? null);
        return [entry.version, tableVersion(manifest, entry, { loaded: usable, evidence, countedUnder })];
      }),
    );
    this.champion = this.versions.get(manifest.champion)!;
    const all = manifest.packages.flatMap(({ digest }) => loaded.get(digest) ?? []);
    const features = new Set(all.flatMap((each) => each.bundle.order));
    const required = this.champion.loaded!.inputs;
    this.shape = {
      required,
      known: mergeInputs([required, ...all.map((each) => each.inputs)]),
      features,
      replay: manifest.clock === 'replay',
    };
    this.rule = manifest.rule === null ? null : compileRule(manifest.rule, features);
    this.segments = compileSegments(manifest.segments, this.shape.known);
    this.breakers = breakers ?? new Breakers(manifest, onBreaker);
  }

  /** Made at the first answer and kept: looking labels up is not for the path of a request. */
  seriesOf(version: number, role: PredictionRecord['role']): AnswerSeries {
    const key = `${role}${version}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const labels = { model: this.manifest.model, version, role };
      const { requests, degraded, requestSeconds } = this.metrics;
      series = {
        requests: requests.series(labels),
        degraded: degraded.series(labels),
        seconds: requestSeconds.series(labels),
      };
      this.#series.set(key, series);
    }
    return series;
  }

  enter(): void {
    this.#inFlight += 1;
  }

  leave(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Resolves when no request holds this table any more; to be called after it was replaced. */
  drained(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
    });
  }
}

function tableVersion(
  manifest: RolloutManifest,
  { version, digest }: RolloutManifest['packages'][number],
  { loaded, evidence, countedUnder }: Pick<TableContext, 'evidence' | 'countedUnder'> & Pick<TableVersion, 'loaded'>,
): TableVersion {
  const { model, serial } = manifest;
  const subject = { model, version, package: digest, serial: countedUnder, bins: loaded?.bins ?? null };
  const segments = manifest.segments.map(({ name }) => name);
  return {
    version,
    digest,
    loaded,
    evidence: evidence?.version(subject, segments) ?? null,
    idPrefix: `${model}.${version}.${serial}`,
  };
}
