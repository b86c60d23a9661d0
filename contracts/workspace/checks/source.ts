import type { Column, Source } from '../../documents/source.js';
import type { Finding } from '../../errors/finding.js';
import { sourceProblems } from '../../features/index.js';
import { findingAt } from '../document-set.js';
import { type Check, checkBounds, definitionFindings } from './check.js';

export const checkSource: Check<'source'> = function* (file) {
  const source: Source = file.document;
  yield* definitionFindings(file, sourceProblems(source));
  const lowered = Object.keys(source.columns).map((name) => name.toLowerCase());
  for (const [at, [name, column]] of Object.entries(source.columns).entries()) {
    const path = ['columns', name];
    if (lowered.indexOf(name.toLowerCase()) < at) {
      const message = `"${name}" differs from another column only in upper and lower case, which SQL does not tell apart`;
      yield findingAt(file, path, { code: 'rule/conflict', message, hint: 'Rename one of them in the data.' });
    }
    yield* checkBounds(file, path, bounds(column));
    const numeric = column.type === 'int' || column.type === 'double';
    for (const key of numeric ? [] : (['min', 'max'] as const)) {
      if (column[key] === undefined) continue;
      yield findingAt(file, [...path, key], {
        code: 'rule/conflict',
        message: `"${key}" is for columns of type int or double; "${name}" is of type ${column.type}`,
        hint: 'Remove it.',
        atKey: true,
      });
    }
    yield* allowedFindings(file, name, column);
  }
};

function* allowedFindings(file: Parameters<typeof checkSource>[0], name: string, column: Column): Iterable<Finding> {
  const wanted = column.type === 'string' ? 'string' : 'number';
  for (const [at, value] of (column.allowed ?? []).entries()) {
    const fits = column.type === 'int' ? Number.isSafeInteger(value) : typeof value === wanted;
    if (fits && column.type !== 'bool' && column.type !== 'timestamp') continue;
    yield findingAt(file, ['columns', name, 'allowed', at], {
      code: 'rule/conflict',
      message: `${JSON.stringify(value)} can never be a value of a column of type ${column.type}`,
      hint: 'Correct the value or the type of the column.',
    });
  }
}

function bounds({ min, max }: Column): { min?: number; max?: number } {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
