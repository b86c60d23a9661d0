import type { EvidenceRoute } from '@signalbox/contracts';
import type { Prediction } from './prediction.js';

/**
 * In which part a version was asked, as its evidence counts it; null where that is no evidence about it, because the caller chose the version.
 * The champion that answers for a candidate is a fallback: what it is asked then is a choice of hard requests.
 */
export function evidenceRoute(role: Prediction['role'], failedBefore: number): EvidenceRoute | null {
  if (role === 'pinned') return null;
  return failedBefore > 0 && role !== 'rule' ? 'fallback' : role;
}
