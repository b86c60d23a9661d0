import { type Complaint, findingAt } from '../document-set.js';
import { type Check, type CheckContext, checkReference, type ReadableFile } from './check.js';
import { checkEnvironmentThere } from './release.js';

/** Not an error: it stops nothing that exists, and a hold must never be what keeps a change from being merged. */
export const checkHold: Check<'hold'> = (file, context) =>
  checkPackageThere(file, context, {
    code: 'rule/suspicious',
    severity: 'warning',
    hint: 'Name the file by the package digest of the version that must not run.',
  });

export const checkConfirmation: Check<'confirmation'> = (file, context) =>
  checkPackageThere(file, context, {
    code: 'reference/unknown',
    hint: 'Name the file by the package digest of the version that is confirmed: signalbox confirm writes it.',
  });

/** A file that is named by the package of a version. */
function* checkPackageThere(
  file: ReadableFile<'hold' | 'confirmation'>,
  context: CheckContext,
  complaint: Omit<Complaint, 'message'>,
) {
  const { documents } = context;
  const { model } = file.document;
  yield* checkEnvironmentThere(file, context);
  yield* checkReference(file, ['model'], { kind: 'model', name: model, set: documents });
  const digest = `sha256:${file.parts[1]}`;
  const records = context.recordsOf(model);
  if (!documents.model.has(model) || records.some(({ document }) => !document || document.package.digest === digest))
    return;
  yield findingAt(file, ['model'], { ...complaint, message: `no version of "${model}" has the package ${digest}` });
}
