import type { ReferenceProfile } from '@signalbox/contracts';
import { referenceProfile } from '../../tools/registry/reference-profile.js';

/** A profile whose features were spread evenly from 0 to 99, and whose scores were from 0 to 0.99. */
export function flatProfile(model: string, features: readonly string[]): ReferenceProfile {
  const values = Float32Array.from({ length: 100 }, (_, row) => row);
  return referenceProfile({
    model,
    features: features.map((name) => ({ name, values })),
    scores: values.map((value) => value / 100),
  });
}
