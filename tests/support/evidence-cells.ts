import { type EvidenceCell, latencyBin, PAIRED_UNIT } from '@signalbox/contracts';
import type { SideEvidence } from '../../tools/release/analysis/index.js';

/** A cell with nothing in it but what a test says. */
export function cellWith(counts: Partial<EvidenceCell> = {}): EvidenceCell {
  return {
    ...{ model: 'm', version: 2, package: `sha256:${'2'.repeat(64)}`, route: 'candidate', serial: 2, windowUs: 0 },
    ...{
      segment: null,
      asked: 0,
      units: [],
      failed: {},
      degraded: 0,
      latency: [],
      score: [],
      features: [],
      paired: null,
    },
    ...counts,
  };
}

/** Requests of which some failed, all of them answered in `latencyMs`. */
export function requestsCell(asked: number, failed = 0, latencyMs = 5): EvidenceCell {
  return cellWith({ asked, failed: { error: failed }, latency: sketchOf(new Array<number>(asked).fill(latencyMs)) });
}

export function sketchOf(latenciesMs: readonly number[]): EvidenceCell['latency'] {
  const counts = new Map<number, number>();
  for (const each of latenciesMs) counts.set(latencyBin(each), (counts.get(latencyBin(each)) ?? 0) + 1);
  return [...counts].sort(([left], [right]) => left - right);
}

export function pairedOf(differences: readonly number[]): NonNullable<EvidenceCell['paired']> {
  const units = differences.map((each) => Math.round(each / PAIRED_UNIT));
  const sum = units.reduce((all, each) => all + each, 0);
  return { rows: units.length, sum, sumSquares: units.reduce((all, each) => all + each * each, 0) };
}

/** One side of a stage: these counts, and nothing of segments and metrics but what a test says. */
export function sideWith(cell: EvidenceCell | null, change: Partial<SideEvidence> = {}): SideEvidence {
  return { cell, segments: new Map(), metrics: new Map(), ...change };
}
