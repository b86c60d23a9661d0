import {
  EVIDENCE_WINDOW_US,
  type EvidenceCell,
  type EvidenceRoute,
  LATENCY_BINS,
  UNIT_GROUPS,
} from '@signalbox/contracts';
import { isCount, isRecord } from './checks.js';

const ROUTES: ReadonlySet<unknown> = new Set<EvidenceRoute>([
  'champion',
  'candidate',
  'shadow',
  'segment',
  'fallback',
  'rule',
]);

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** Profiles have at most 26 bins, and nobody has ten thousand features: what is longer was not written by a pod of ours. */
const MAX_BINS = 256;
const MAX_FEATURES = 10_000;
const MAX_KINDS = 64;

type Unchecked = Readonly<Record<string, unknown>>;

/** What is wrong with a cell that a pod wrote, as a sentence's end; null when it can be counted. */
export function cellFault(value: unknown): string | null {
  if (!isRecord(value)) return 'has a cell that is no object';
  if (!isSubject(value)) return 'has a cell of no model, package, route, serial or window';
  if (!isCounted(value)) return 'has a count that is no whole number';
  const cell = value as unknown as EvidenceCell;
  return isConsistent(cell) ? null : `counts more failures, times or scores of ${cell.model} than requests`;
}

function isSubject({ model, package: digest, route, segment, serial, version, windowUs }: Unchecked): boolean {
  return (
    typeof model === 'string' &&
    NAME.test(model) &&
    (segment === null || (typeof segment === 'string' && NAME.test(segment))) &&
    typeof digest === 'string' &&
    /^sha256:[0-9a-f]{64}$/.test(digest) &&
    ROUTES.has(route) &&
    isCount(serial) &&
    isCount(version) &&
    Number.isSafeInteger(windowUs) &&
    (windowUs as number) % EVIDENCE_WINDOW_US === 0
  );
}

function isCounted({ asked, degraded, failed, features, latency, paired, score, units }: Unchecked): boolean {
  return (
    isCount(asked) &&
    isCount(degraded) &&
    isRecord(failed) &&
    Object.keys(failed).length <= MAX_KINDS &&
    Object.entries(failed).every(([kind, count]) => /^[a-z][a-z0-9-]{0,63}$/.test(kind) && isCount(count)) &&
    isLatency(latency) &&
    areCounts(score) &&
    Array.isArray(features) &&
    features.length <= MAX_FEATURES &&
    features.every(areCounts) &&
    isPaired(paired) &&
    areCounts(units) &&
    (units.length === 0 || units.length === UNIT_GROUPS)
  );
}

function isLatency(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > LATENCY_BINS) return false;
  let before = -1;
  return value.every((entry: unknown) => {
    if (!Array.isArray(entry) || entry.length !== 2 || !entry.every(isCount)) return false;
    const [bin] = entry as [number, number];
    const rises = bin > before && bin < LATENCY_BINS;
    before = bin;
    return rises;
  });
}

function areCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= MAX_BINS && value.every(isCount);
}

function isPaired(value: unknown): boolean {
  if (value === null) return true;
  return isRecord(value) && isCount(value.rows) && Number.isSafeInteger(value.sum) && isCount(value.sumSquares);
}

/** A pod counts a request and what became of it in one go, so no part can be more than the whole. */
function isConsistent({ asked, failed, features, latency, paired, score, units }: EvidenceCell): boolean {
  const times = latency.map(([, count]) => count);
  const parts = [Object.values(failed), times, score, units, [paired?.rows ?? 0], ...features];
  return parts.every((counts) => sum(counts) <= asked);
}

const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
