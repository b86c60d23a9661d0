import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  digestJson,
  type FeatureBundle,
  type GoldenInputs,
  type ModelSignature,
  type ReferenceProfile,
  SignalboxError,
} from '@signalbox/contracts';
import { guarded } from '../stores/index.js';
import { profileProblem } from './check-profile.js';

/** A package on this machine, read and cross-checked. */
export interface LocalPackage {
  readonly modelPath: string;
  readonly signature: ModelSignature;
  readonly bundle: FeatureBundle;
  readonly golden: GoldenInputs;
  readonly profile: ReferenceProfile;
}

/** Reads a fetched package. Throws `serving/bad-package` when its documents do not fit each other, `store/unavailable` when they cannot be read. */
export async function readPackage(folder: string): Promise<LocalPackage> {
  const [signature, bundle, golden, profile] = await Promise.all([
    readDocument<ModelSignature>(folder, { name: 'signature.json', schema: 'signalbox/signature/1' }),
    readDocument<FeatureBundle>(folder, { name: 'features.json', schema: 'signalbox/feature-bundle/1' }),
    readDocument<GoldenInputs>(folder, { name: 'golden.json', schema: 'signalbox/golden/1' }),
    readDocument<ReferenceProfile>(folder, { name: 'profile.json', schema: 'signalbox/profile/1' }),
  ]);
  const problem = mismatch(signature, bundle) ?? profileProblem(profile, signature);
  if (problem !== null) throw badPackage(problem);
  return { modelPath: join(folder, 'model.onnx'), signature, bundle, golden, profile };
}

async function readDocument<T>(folder: string, expected: { name: string; schema: string }): Promise<T> {
  const path = join(folder, expected.name);
  const text = await guarded(`read ${path}`, () => readFile(path, 'utf8'));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badPackage(`${expected.name} cannot be read as JSON`, cause);
  }
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (schema !== expected.schema) {
    throw badPackage(`${expected.name} is of schema ${JSON.stringify(schema)}, expected ${expected.schema}`);
  }
  return value as T;
}

function mismatch(signature: ModelSignature, bundle: FeatureBundle): string | null {
  const actual = digestJson(bundle);
  if (signature.featuresDigest !== actual) {
    return `signature.json was made for feature definitions ${signature.featuresDigest}, features.json is ${actual}`;
  }
  if (signature.features.length === 0) return 'signature.json names no feature';
  if (signature.features.join() !== bundle.order.join())
    return 'signature.json and features.json order the features differently';
  const known = new Set(bundle.views.flatMap((view) => view.features.map((feature) => `${view.name}.${feature.name}`)));
  const unknown = bundle.order.find((name) => !known.has(name));
  return unknown === undefined ? null : `features.json orders ${unknown}, which none of its views has`;
}

function badPackage(what: string, cause?: unknown): SignalboxError {
  return new SignalboxError('serving/bad-package', `the package does not fit together: ${what}`, {
    cause,
    hint: 'Package the model again with `signalbox package`.',
  });
}
