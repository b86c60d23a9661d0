import { type EvidenceCell, failuresOf, type Verdict } from '@signalbox/contracts';
import { judgeShares } from './judge-shares.js';
import { noRequests } from './no-requests.js';
import type { ErrorBudget, Sides } from './rule.js';

export const FALLBACK_SHARE_ID = 'rollout/fallback-share';

export interface FallbackShareRule {
  readonly margin: number;
  readonly budget: ErrorBudget;
}

const MEASURE = 'candidate − champion share of degraded answers';

/**
 * The share of requests whose caller did not get what the manifest meant: the version failed and something else answered, or it answered without its
 * features. A version can be free of errors and still live on missing features.
 */
export function judgeFallbackShare(sides: Sides, { budget, margin }: FallbackShareRule): Verdict {
  const missing = noRequests(sides);
  if (missing !== null) {
    return { id: FALLBACK_SHARE_ID, bound: margin, formula: MEASURE, verdict: 'no-data', sentence: missing };
  }
  const { candidate, champion } = sides;
  return judgeShares(
    { candidate: degraded(candidate!), champion: degraded(champion!) },
    { id: FALLBACK_SHARE_ID, margin, budget, measure: MEASURE, verb: 'degraded' },
  );
}

/** A pod counts an answer without features as degraded, and a failure as a failure: never one request twice. */
const degraded = (cell: EvidenceCell) => ({ successes: failuresOf(cell) + cell.degraded, trials: cell.asked });
