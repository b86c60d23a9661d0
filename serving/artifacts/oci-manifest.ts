import { PACKAGE_ARTIFACT_TYPE, PACKAGE_FILES, SignalboxError } from '@signalbox/contracts';

export type PackageFileName = keyof typeof PACKAGE_FILES;

export interface PackageLayer {
  readonly name: PackageFileName;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Longest OCI manifest that is read: ours has five layers and stays under 2 KiB. */
export const MAX_MANIFEST_BYTES = 64 * 1024;

const TITLE = 'org.opencontainers.image.title';
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * The files of a package by its OCI image manifest: each of ours exactly once, with its media type, and nothing else. The names become
 * file names, so only the closed list is taken, never a name from the wire. Throws `serving/bad-package`.
 */
export function parsePackageManifest(bytes: Uint8Array): PackageLayer[] {
  const manifest = parseObject(bytes);
  if (manifest.artifactType !== PACKAGE_ARTIFACT_TYPE) {
    throw badManifest(
      `expected the artifact type ${PACKAGE_ARTIFACT_TYPE}, got ${JSON.stringify(manifest.artifactType)}`,
    );
  }
  if (!Array.isArray(manifest.layers)) throw badManifest('it has no layers');
  const layers = manifest.layers.map(parseLayer);
  for (const name of Object.keys(PACKAGE_FILES)) {
    const count = layers.filter((layer) => layer.name === name).length;
    if (count !== 1) throw badManifest(`expected ${name} once, found it ${count} times`);
  }
  return layers;
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (isObject(value)) return value;
  } catch (cause) {
    throw badManifest('it is not JSON', cause);
  }
  throw badManifest('it is not an object');
}

function parseLayer(layer: unknown): PackageLayer {
  if (!isObject(layer)) throw badManifest('a layer is not an object');
  const annotations = layer.annotations;
  const name = isObject(annotations) ? annotations[TITLE] : undefined;
  if (typeof name !== 'string' || !Object.hasOwn(PACKAGE_FILES, name)) {
    throw badManifest(`a layer is titled ${JSON.stringify(name)}, which is no file of a package`);
  }
  const { mediaType, digest, size } = layer;
  const expected = PACKAGE_FILES[name as PackageFileName];
  if (mediaType !== expected)
    throw badManifest(`${name} has the media type ${JSON.stringify(mediaType)}, not ${expected}`);
  if (typeof digest !== 'string' || !DIGEST.test(digest)) throw badManifest(`${name} has no SHA-256 digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw badManifest(`${name} has no size`);
  return { name: name as PackageFileName, digest, sizeBytes: size };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function badManifest(what: string, cause?: unknown): SignalboxError {
  return new SignalboxError('serving/bad-package', `the package's OCI manifest is not usable: ${what}`, {
    cause,
    hint: 'Package the model again with `signalbox package`.',
  });
}
