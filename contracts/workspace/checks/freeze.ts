import { parseInstantUs } from '../../time/index.js';
import { findingAt } from '../document-set.js';
import { type Check, checkReference } from './check.js';
import { checkEnvironmentThere } from './release.js';

export const checkFreeze: Check<'freeze'> = function* (file, context) {
  const { from, models = [], to } = file.document;
  yield* checkEnvironmentThere(file, context);
  for (const [at, name] of models.entries()) {
    yield* checkReference(file, ['models', at], { kind: 'model', name, set: context.documents });
  }
  if (parseInstantUs(from) < parseInstantUs(to)) return;
  yield findingAt(file, ['to'], {
    code: 'rule/conflict',
    message: `the freeze ends at ${to}, which is not after its start ${from}`,
    hint: 'Correct one of the two, or delete the file.',
  });
};
