const DAY_MS = 86_400_000;

/**
 * How long each role's metadata is valid. The timestamp's validity is the environment's (`timestampValidity`). The online roles are
 * signed again by `resign` when less than a third is left; `targets` whenever the allowed packages change.
 */
export const VALIDITY_MS = {
  root: 5 * 365 * DAY_MS,
  targets: 365 * DAY_MS,
  rollout: 90 * DAY_MS,
  snapshot: 90 * DAY_MS,
} as const;

/** The share of its validity at which a role is signed again. */
export const RENEW_BELOW = 1 / 3;

/** As TUF writes it: UTC, whole seconds. */
export function expiryAfter(nowMs: number, validityMs: number): string {
  return `${new Date(nowMs + validityMs).toISOString().slice(0, 19)}Z`;
}
