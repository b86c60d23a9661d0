import type { RouteEvidence } from '../telemetry/index.js';
import type { Prediction } from './prediction.js';
import type { TableVersion } from './serving-table.js';

/**
 * Where it counts that a version was asked; null where that is no evidence about it, because the caller chose the version, or where nothing is counted.
 * The champion that answers for a candidate is a fallback: what it is asked then is a choice of hard requests.
 */
export function routeOf(
  by: TableVersion | undefined,
  role: Prediction['role'],
  failedBefore: number,
): RouteEvidence | null {
  const evidence = by?.evidence ?? null;
  if (evidence === null || role === 'pinned') return null;
  return failedBefore > 0 && role !== 'rule' ? evidence.fallback : evidence[role];
}
