import { canonicalJson, type RolloutManifest } from '@signalbox/contracts';
import { checkAgainstEnvironment, parseManifest, Refusal, TRUST_LIMITS } from '@signalbox/serving/trust';
import { asHeld } from './as-held.js';
import type { Decided } from './decisions.js';

/**
 * The decision, unless pods would refuse its manifest. They take all models of an environment or none, so one manifest that is wrong in itself would
 * keep every other from them: it is its own model's reason to wait.
 */
export function asPodsTakeIt(decided: Decided, environment: string): Decided {
  const { decision, model } = decided;
  try {
    const refusal = decision.manifest && refusalOf(decision.manifest, { environment, model });
    if (refusal === null) return decided;
    const reasons = [`waits, because pods would refuse its next manifest: ${refusal}`];
    return { model, decision: { ...decision, manifest: null, reasons } };
  } catch (error) {
    return { model, decision: asHeld(error) };
  }
}

/** By what the pods themselves ask of a manifest. */
function refusalOf(
  manifest: RolloutManifest,
  expected: { readonly environment: string; readonly model: string },
): string | null {
  const { model } = expected;
  const bytes = Buffer.from(canonicalJson(manifest), 'utf8');
  if (bytes.length > TRUST_LIMITS.manifestBytes) {
    return `it has ${bytes.length} bytes, at most ${TRUST_LIMITS.manifestBytes} are taken`;
  }
  const allowed = manifest.packages.map(({ digest, sizeBytes }) => ({ model, digest, sizeBytes }));
  try {
    checkAgainstEnvironment(parseManifest(model, bytes), { ...expected, allowed });
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
