import type { Sides } from './rule.js';

/** Which side nobody asked, as a sentence; null: both were. */
export function noRequests({ candidate, champion }: Sides, where = ''): string | null {
  const idle = [...(candidate?.asked ? [] : ['candidate']), ...(champion?.asked ? [] : ['champion'])];
  if (idle.length === 0) return null;
  return `The ${idle.join(' and the ')} got no request${where} in this step, so there is nothing to compare.`;
}
