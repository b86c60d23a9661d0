import { type EvidenceCell, failuresOf, type Verdict } from '@signalbox/contracts';
import { judgeShares } from './judge-shares.js';
import { noRequests } from './no-requests.js';
import type { ErrorBudget, Sides } from './rule.js';

export const ERROR_RATE_ID = 'rollout/error-rate';

export interface ErrorRateRule {
  /** The largest difference (candidate − champion) that is still good enough, as a share. */
  readonly margin: number;
  readonly budget: ErrorBudget;
  /** Of one segment only; of all traffic unless given. */
  readonly segment?: string;
}

/** Of one critical segment: a version that fails a small part of the traffic is hidden by the rest. */
export const segmentErrorRateId = (segment: string): string => `rollout/segment-error-rate/${segment}`;

/** The share of requests to which the version itself gave no score, counted before a fallback hid it. */
export function judgeErrorRate(sides: Sides, { budget, margin, segment }: ErrorRateRule): Verdict {
  const id = segment === undefined ? ERROR_RATE_ID : segmentErrorRateId(segment);
  const where = segment === undefined ? '' : ` of segment ${segment}`;
  const missing = noRequests(sides, where);
  const measure = `candidate − champion error rate${where}`;
  if (missing !== null) return { id, bound: margin, formula: measure, verdict: 'no-data', sentence: missing };
  const { candidate, champion } = sides;
  return judgeShares(
    { candidate: failed(candidate!), champion: failed(champion!) },
    { id, margin, budget, measure, verb: 'failed', where },
  );
}

const failed = (cell: EvidenceCell) => ({ successes: failuresOf(cell), trials: cell.asked });
