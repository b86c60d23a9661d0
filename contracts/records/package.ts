/**
 * A package in the artifact store: an OCI image manifest whose layers are the files below. Its digest is the SHA-256 of the manifest bytes.
 * Media types are ours; layout and annotations follow the OCI image specification 1.1.
 */
export const PACKAGE_ARTIFACT_TYPE = 'application/vnd.signalbox.package.v1';

export const PACKAGE_FILES = {
  'model.onnx': 'application/vnd.signalbox.model.onnx',
  'signature.json': 'application/vnd.signalbox.signature.v1+json',
  'features.json': 'application/vnd.signalbox.features.v1+json',
  'golden.json': 'application/vnd.signalbox.golden.v1+json',
  'profile.json': 'application/vnd.signalbox.profile.v1+json',
} as const;

/** How to call the model: `signature.json`. */
export interface ModelSignature {
  readonly schema: 'signalbox/signature/1';
  readonly model: string;
  /** Input tensor, float32, shape [rows, features]. NULL features are NaN. */
  readonly input: string;
  /** `view.feature`, in column order; equals the bundle's `order`. */
  readonly features: readonly string[];
  readonly output: { readonly tensor: string; readonly column: number };
  /** Digest of `features.json` (canonical JSON of the FeatureBundle). */
  readonly featuresDigest: string;
}

/** Inputs with known scores: run in the pod before a version is used. `golden.json`. */
export interface GoldenInputs {
  readonly schema: 'signalbox/golden/1';
  /** Feature rows in column order; null is NULL. */
  readonly rows: readonly (readonly (number | null)[])[];
  readonly scores: readonly number[];
  readonly tolerance: number;
}
