import { findingAt } from '../document-set.js';
import { type Check, checkReference } from './check.js';
import { checkEnvironmentThere } from './release.js';

export const checkConfirmation: Check<'confirmation'> = function* (file, context) {
  const { documents } = context;
  const { model } = file.document;
  yield* checkEnvironmentThere(file, context);
  yield* checkReference(file, ['model'], { kind: 'model', name: model, set: documents });
  const digest = `sha256:${file.parts[1]}`;
  const records = context.recordsOf(model);
  if (!documents.model.has(model) || records.some(({ document }) => !document || document.package.digest === digest))
    return;
  yield findingAt(file, ['model'], {
    code: 'reference/unknown',
    message: `no version of "${model}" has the package ${digest}`,
    hint: 'Name the file by the package digest of the version that is confirmed: signalbox confirm writes it.',
  });
};
