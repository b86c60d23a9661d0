import {
  type BlobRef,
  canonicalJson,
  type FeatureBundle,
  type GoldenInputs,
  type Model,
  type ModelSignature,
  PACKAGE_ARTIFACT_TYPE,
  PACKAGE_FILES,
  type ReferenceProfile,
} from '@signalbox/contracts';
import { type BlobStore, putBlob } from '@signalbox/serving/stores';

export interface PackageParts {
  readonly model: string;
  readonly onnx: BlobRef;
  readonly bundle: FeatureBundle;
  readonly featuresDigest: string;
  readonly serving: Pick<Model['serving'], 'input' | 'output'>;
  readonly golden: GoldenInputs;
  readonly profile: ReferenceProfile;
}

export interface BuiltPackage {
  /** SHA-256 of the OCI manifest, and its length: what names the package everywhere. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** All files together. */
  readonly contentBytes: number;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** The empty descriptor of the OCI image specification 1.1, for artifacts without a configuration. */
const EMPTY_CONFIG = { mediaType: 'application/vnd.oci.empty.v1+json', content: '{}' };

/** How the package's model is called, as its documents say. */
export function signatureOf(
  parts: Pick<PackageParts, 'model' | 'bundle' | 'featuresDigest' | 'serving'>,
): ModelSignature {
  return {
    schema: 'signalbox/signature/1',
    model: parts.model,
    input: parts.serving.input,
    features: parts.bundle.order,
    output: parts.serving.output,
    featuresDigest: parts.featuresDigest,
  };
}

/**
 * Puts a package into the store: its files as blobs, and the OCI manifest that lists them. No time, no machine, no order of keys gets in,
 * so the same parts give the same digest anywhere. The ONNX blob must be in the store already.
 */
export async function buildPackage(store: BlobStore, parts: PackageParts): Promise<BuiltPackage> {
  const layers = [
    layer('model.onnx', parts.onnx),
    layer('signature.json', await putText(store, canonicalJson(signatureOf(parts)))),
    layer('features.json', await putText(store, canonicalJson(parts.bundle))),
    layer('golden.json', await putText(store, canonicalJson(parts.golden))),
    layer('profile.json', await putText(store, canonicalJson(parts.profile))),
  ];
  const config = await putText(store, EMPTY_CONFIG.content);
  const manifest = await putText(
    store,
    canonicalJson({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType: PACKAGE_ARTIFACT_TYPE,
      config: { mediaType: EMPTY_CONFIG.mediaType, digest: config.digest, size: config.sizeBytes },
      layers,
    }),
  );
  return { ...manifest, contentBytes: layers.reduce((sum, { size }) => sum + size, 0) };
}

function layer(name: keyof typeof PACKAGE_FILES, { digest, sizeBytes }: BlobRef) {
  return {
    mediaType: PACKAGE_FILES[name],
    digest,
    size: sizeBytes,
    annotations: { 'org.opencontainers.image.title': name },
  };
}

async function putText(store: BlobStore, text: string): Promise<BlobRef> {
  return { digest: await putBlob(store, text), sizeBytes: Buffer.byteLength(text) };
}
