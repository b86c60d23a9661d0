import {
  binCount,
  binOf,
  type EvidenceCell,
  type FrozenBins,
  type Model,
  parseInstantUs,
  type ReferenceProfile,
} from '@signalbox/contracts';
import { referenceProfile } from '../../tools/registry/reference-profile.js';
import { type LiveRows, MODEL } from './prepare.js';

/** Of whatever version: the benchmark has one. */
export const PACKAGE = `sha256:${'0'.repeat(64)}`;

/** Rows of a period as a reference, with a time for each: of all of them, or of some that were drawn. */
export interface ReferenceSide {
  readonly live: LiveRows;
  readonly rows: Uint32Array;
  readonly atUs: Float64Array;
  readonly fromUs: number;
  readonly toUs: number;
}

/** All rows of a period, when they were. */
export function asTheyWere(live: LiveRows, { from, to }: Model['training']['period']): ReferenceSide {
  return { live, rows: allOf(live), atUs: live.atUs, fromUs: parseInstantUs(from), toUs: parseInstantUs(to) };
}

/** The reference that a package would carry, were it made of these rows. */
export function profileOf(features: ReferenceSide, scores: ReferenceSide, windowUs: number): ReferenceProfile {
  const { live, rows } = features;
  return referenceProfile({
    model: MODEL,
    features: live.names.map((name, column) => ({ name, values: columnOf(live, column, rows) })),
    scores: Float32Array.from(scores.rows, (row) => scores.live.scores[row]!),
    times: { windowUs, features, scores },
  });
}

/** What a pod would have counted of some rows, in one window. */
export function cellOf(
  live: LiveRows,
  profile: ReferenceProfile,
  about: { readonly rows: Uint32Array; readonly windowUs: number },
): EvidenceCell {
  const { rows, windowUs } = about;
  return {
    model: MODEL,
    version: 1,
    package: PACKAGE,
    route: 'champion',
    serial: 1,
    segment: null,
    windowUs,
    asked: rows.length,
    units: [],
    failed: {},
    degraded: 0,
    latency: [],
    score: count(
      profile.score.bins,
      Float32Array.from(rows, (row) => live.scores[row]!),
    ),
    features: profile.features.map(({ bins }, column) => count(bins, columnOf(live, column, rows))),
    paired: null,
  };
}

export function allOf({ rows }: LiveRows): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => row);
}

function columnOf({ matrix, names }: LiveRows, column: number, rows: Uint32Array): Float32Array {
  return Float32Array.from(rows, (row) => matrix[row * names.length + column]!);
}

function count(bins: FrozenBins, values: Float32Array): number[] {
  const counts = new Array<number>(binCount(bins)).fill(0);
  for (const value of values) counts[binOf(bins, value)]!++;
  return counts;
}
