import { type Check, checkReference } from './check.js';

export const checkEnvironment: Check<'environment'> = function* (file, { documents }) {
  yield* checkReference(file, ['policy'], { kind: 'policy', name: file.document.policy, set: documents });
};
