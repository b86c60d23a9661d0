import type { ReferenceProfile } from '@signalbox/contracts';
import { referenceProfile } from '../../tools/registry/reference-profile.js';

const AT_ONCE = { atUs: new Float64Array(100), fromUs: 0, toUs: 0 };
const NO_WINDOWS = { windowUs: 3_600_000_000, features: AT_ONCE, scores: AT_ONCE };

/** A profile whose features were spread evenly from 0 to 99, and whose scores were from 0 to 0.99. */
export function flatProfile(model: string, features: readonly string[]): ReferenceProfile {
  const values = Float32Array.from({ length: 100 }, (_, row) => row);
  return referenceProfile({
    model,
    features: features.map((name) => ({ name, values })),
    scores: values.map((value) => value / 100),
    times: NO_WINDOWS,
  });
}
