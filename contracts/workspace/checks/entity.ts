import { findingAt } from '../document-set.js';
import type { Check } from './check.js';

export const checkEntity: Check<'entity'> = function* (file) {
  const names = file.document.keys.map((key) => key.name);
  for (const [at, name] of names.entries()) {
    if (names.indexOf(name) === at) continue;
    yield findingAt(file, ['keys', at, 'name'], {
      code: 'rule/conflict',
      message: `the key "${name}" is listed twice`,
      hint: 'Name each key once.',
    });
  }
};
