import { canonicalJson, compileBundle, digestBytes, type Workspace } from '@signalbox/contracts';
import type { PackageFileName } from '@signalbox/serving/artifacts';
import type { TakenFile } from '../../handover/index.js';
import { signatureOf } from '../build-package.js';
import type { VerdictFile } from '../verdict-form.js';
import type { TakenVerdict } from './take-verdict.js';

/**
 * Why a package is not the one that its evidence speaks of, in a sentence, or null: its model is the run's, and what says how it is called is what the commit
 * says, to the byte. No file is parsed and no model loaded. `verdictProblem` has found nothing before. Pure.
 */
export function packageProblem(
  { layers, verdict }: Pick<TakenVerdict, 'layers' | 'verdict'>,
  workspace: Workspace,
): string | null {
  const expected = expectedFiles(verdict, workspace);
  for (const [name, { digest, sizeBytes }] of Object.entries(expected) as [PackageFileName, Expected][]) {
    const file = layers.get(name);
    if (file?.digest === digest && file.sizeBytes === sizeBytes) continue;
    return `its ${name} is ${file?.digest ?? 'missing'}, and ${digest} is what ${SAID_BY[name as keyof typeof SAID_BY]}`;
  }
  return null;
}

type Expected = Pick<TakenFile, 'digest' | 'sizeBytes'>;

const SAID_BY = {
  'model.onnx': 'its evidence is about',
  'features.json': 'the commit defines',
  'signature.json': 'the commit defines',
} as const satisfies Partial<Record<PackageFileName, string>>;

function expectedFiles({ model, run }: VerdictFile, workspace: Workspace): Record<keyof typeof SAID_BY, Expected> {
  const { bundle, digest: featuresDigest } = compileBundle(workspace, model);
  const { serving } = workspace.models.get(model)!;
  return {
    'model.onnx': run.onnx,
    'features.json': written(bundle),
    'signature.json': written(signatureOf({ model, bundle, featuresDigest, serving })),
  };
}

function written(value: unknown): Expected {
  const text = canonicalJson(value);
  return { digest: digestBytes(text), sizeBytes: Buffer.byteLength(text) };
}
