import { emergencyKeysOf } from './emergency-key.js';
import type { KeySet } from './keys.js';
import type { Published } from './repository.js';
import { isNamedFor } from './rotate-key.js';

const ONLINE_KINDS = ['rollout', 'snapshot', 'timestamp'] as const;
type OnlineKind = (typeof ONLINE_KINDS)[number];

/** The online kinds of which no key is at hand that the newest root, or the newest targets role, names: as after `keys rotate` elsewhere. */
export function worthlessKinds(
  { keys }: KeySet,
  { published, rootBytes }: { readonly published: Published | null; readonly rootBytes: Uint8Array },
): readonly OnlineKind[] {
  const root = published?.bytes.roots.at(-1) ?? rootBytes;
  const emergency = new Set(emergencyKeysOf(root).map(({ keyId }) => keyId));
  return ONLINE_KINDS.filter((kind) => {
    const online = keys[kind].filter(({ keyId }) => !emergency.has(keyId));
    return !online.some(({ keyId }) => isNamedFor(kind, keyId, { root, targets: published?.bytes.targets }));
  });
}
