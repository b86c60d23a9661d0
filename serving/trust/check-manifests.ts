import { BUCKETS, canonicalJson, digestBytes, RolloutManifest } from '@signalbox/contracts';
import { Ajv, type ValidateFunction } from 'ajv';
import { Refusal } from './refusal.js';

/** A package that the `targets` role lets run in the environment: digest and length of its OCI manifest, which lists the rest. */
export interface AllowedPackage {
  readonly model: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** A manifest as applied: its content, and the digest of its bytes (canonical JSON). */
export interface AppliedManifest {
  readonly manifest: RolloutManifest;
  readonly digest: string;
}

/** The highest serial ever applied for a model, and what it was. It outlives restarts, and manifests that were taken away. */
export interface SerialFloor {
  readonly serial: number;
  readonly digest: string;
}

let validator: ValidateFunction<RolloutManifest> | undefined;

/** Compiled once somebody has a manifest: most programs that load this never do. */
function manifestValidator(): ValidateFunction<RolloutManifest> {
  validator ??= new Ajv({ strict: true, allErrors: false, validateSchema: false }).compile<RolloutManifest>(
    RolloutManifest,
  );
  return validator;
}

/** Strict: the schema with no unknown keys, canonical bytes (so no duplicate keys), and every version that it names among its packages. */
export function parseManifest(model: string, bytes: Uint8Array): AppliedManifest {
  const text = Buffer.from(bytes).toString('utf8');
  const value = parseJson(model, text);
  const validate = manifestValidator();
  if (!validate(value)) {
    const [error] = validate.errors ?? [];
    const extra: unknown = error?.params.additionalProperty;
    const where = error?.instancePath === '' ? 'the manifest' : `\`${error?.instancePath.slice(1)}\``;
    throw new Refusal(`${where} ${error?.message}${typeof extra === 'string' ? ` (\`${extra}\`)` : ''}`, { model });
  }
  if (canonicalJson(value) !== text) {
    throw new Refusal('the manifest is not in canonical form (RFC 8785)', { model, serial: value.serial });
  }
  const problem = inconsistency(value);
  if (problem) throw new Refusal(problem, { model, serial: value.serial });
  return { manifest: value, digest: digestBytes(bytes) };
}

function parseJson(model: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal('the manifest is not JSON', { model, cause });
  }
}

function inconsistency(manifest: RolloutManifest): string | null {
  const { packages, segments } = manifest;
  if (hasTwice(packages.map(({ version }) => version))) return 'the manifest lists a version twice';
  if (hasTwice(segments.map(({ name }) => name))) return 'the manifest lists a segment twice';
  return unknownVersion(manifest) ?? splitProblem(manifest);
}

/** A version that answers or is kept, and cannot be loaded because nothing says what it is. */
function unknownVersion(manifest: RolloutManifest): string | null {
  const { arms, packages, segments } = manifest;
  const versions = new Set(packages.map(({ version }) => version));
  const named: (readonly [role: string, version: number | null])[] = [
    ['champion', manifest.champion],
    ['previous champion', manifest.previousChampion],
    ['candidate', manifest.candidate],
    ...arms.map(({ version }) => ['arm', version] as const),
    ...segments.map(({ name, version }) => [`segment ${name}`, version] as const),
    ['shadow', manifest.shadow?.version ?? null],
    ['fallback', manifest.fallback],
  ];
  const lost = named.find(([, version]) => version !== null && !versions.has(version));
  return lost === undefined ? null : `its ${lost[0]} is version ${lost[1]}, which has no package`;
}

/** A unit has one bucket, and a bucket one version. */
function splitProblem({ arms, candidate, candidateBuckets }: RolloutManifest): string | null {
  if (candidate === null && candidateBuckets > 0) return 'it gives units to no candidate';
  const given = arms.reduce((sum, { buckets }) => sum + buckets, candidateBuckets);
  if (given > BUCKETS) return `its candidate and arms have ${given} buckets, of ${BUCKETS} that there are`;
  return hasTwice([candidate, ...arms.map(({ version }) => version)]) ? 'a version is in its experiment twice' : null;
}

function hasTwice(values: readonly unknown[]): boolean {
  return new Set(values).size < values.length;
}

/** What the environment and the `targets` role demand: the right name and place, and no package outside the allow list. */
export function checkAgainstEnvironment(
  { manifest }: AppliedManifest,
  expected: { readonly environment: string; readonly model: string; readonly allowed: readonly AllowedPackage[] },
): void {
  const about = { model: expected.model, serial: manifest.serial };
  if (manifest.environment !== expected.environment) {
    throw new Refusal(`the manifest is for environment ${manifest.environment}, not ${expected.environment}`, about);
  }
  if (manifest.model !== expected.model) {
    throw new Refusal(`the manifest is for model ${manifest.model}, not ${expected.model}`, about);
  }
  for (const { digest, sizeBytes, version } of manifest.packages) {
    const entry = expected.allowed.find((each) => each.model === expected.model && each.digest === digest);
    if (!entry) throw new Refusal(`version ${version} (${digest}) is not allowed by the targets role`, about);
    if (entry.sizeBytes !== sizeBytes) {
      throw new Refusal(`version ${version} has ${sizeBytes} bytes, the targets role says ${entry.sizeBytes}`, about);
    }
  }
}

/** Stops replay of an older manifest under newer metadata: a serial never falls, and one serial is one document. */
export function checkFloors(
  manifests: ReadonlyMap<string, AppliedManifest>,
  floors: ReadonlyMap<string, SerialFloor>,
): void {
  for (const [model, { manifest, digest }] of manifests) {
    const floor = floors.get(model);
    if (!floor) continue;
    const about = { model, serial: manifest.serial };
    if (manifest.serial < floor.serial) {
      throw new Refusal(`serial ${manifest.serial} is older than ${floor.serial}, which was already applied`, about);
    }
    if (manifest.serial === floor.serial && digest !== floor.digest) {
      throw new Refusal(`serial ${manifest.serial} was already applied with other content`, about);
    }
  }
}

/** The floors after applying these manifests. A model that is gone keeps its floor. */
export function raiseFloors(
  floors: ReadonlyMap<string, SerialFloor>,
  manifests: ReadonlyMap<string, AppliedManifest>,
): ReadonlyMap<string, SerialFloor> {
  const raised = new Map(floors);
  for (const [model, { manifest, digest }] of manifests) raised.set(model, { serial: manifest.serial, digest });
  return raised;
}
