import { SignalboxError } from '@signalbox/contracts';
import { expiryAfter, VALIDITY_MS } from './expiries.js';
import { type KeySet, TRUST_ROLES } from './keys.js';
import { rootBody, signRole } from './sign-metadata.js';

/**
 * The first root of an environment: committed as `releases/<env>/root.json`, pinned by pods. `threshold` is how many root keys must
 * sign the next one. Pure.
 */
export function buildRoot(keys: KeySet, options: { readonly nowMs: number; readonly threshold?: number }): Uint8Array {
  const { nowMs, threshold = 1 } = options;
  for (const role of TRUST_ROLES) {
    if (keys.keys[role].length === 0) throw new SignalboxError('trust/no-keys', `the ${role} key is not here`);
  }
  assertThreshold(threshold, keys.keys.root.length);
  const issue = { version: 1, expires: expiryAfter(nowMs, VALIDITY_MS.root) };
  return signRole('root', keys, { issue, body: rootBody(keys, threshold) });
}

/** Throws `input/bad-argument` for a threshold that so many root keys can never meet. */
export function assertThreshold(threshold: number, rootKeys: number): void {
  if (Number.isInteger(threshold) && threshold >= 1 && threshold <= rootKeys) return;
  throw new SignalboxError(
    'input/bad-argument',
    `a threshold of ${threshold} cannot be met by ${rootKeys} root key(s)`,
    {
      hint: 'The threshold is how many of the root keys must sign the next root: from 1 to their number.',
    },
  );
}
