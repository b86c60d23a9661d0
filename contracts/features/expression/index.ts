import { serialize } from '@marcbachmann/cel-js';
import { SignalboxError } from '../../errors/signalbox-error.js';
import { checkExpression, parseSyntax } from './check.js';
import { type Evaluator, evaluatorOf } from './evaluate.js';
import { sqlOf } from './sql.js';
import type { TypedNode, Variables } from './types.js';

export { checkExpression, type ExpressionCheck } from './check.js';
export type { Evaluator, Row } from './evaluate.js';
export { FUNCTIONS as EXPRESSION_FUNCTIONS, METHODS as EXPRESSION_METHODS } from './functions.js';
export { EXPRESSION_MACROS, quoteIdentifier, quoteText } from './sql.js';
export * from './types.js';

/** Nested `?:`, greatest() and least() repeat their arguments in SQL; beyond this an expression is refused rather than slow. */
const MAX_SQL_CHARACTERS = 65_536;

function checked(text: string, variables: Variables): TypedNode {
  const check = checkExpression(text, variables);
  if (check.ok) return check.node;
  const { message, hint, start } = check.problem;
  throw new SignalboxError(
    'input/bad-expression',
    `${message} (at character ${start + 1} of '${text}')`,
    hint ? { hint } : {},
  );
}

/**
 * The expression as a function of a row: numbers, strings, booleans or null, where null is NULL. Timestamps are microseconds.
 * Throws `input/bad-expression`.
 */
export function compileExpression(text: string, variables: Variables): Evaluator {
  return evaluatorOf(checked(text, variables));
}

/**
 * The expression as DuckDB SQL over columns named like its variables, in parentheses where needed. The connection must have run
 * `EXPRESSION_MACROS`. Throws `input/bad-expression`.
 */
export function expressionToSql(text: string, variables: Variables): string {
  const sql = sqlOf(checked(text, variables));
  if (sql.length > MAX_SQL_CHARACTERS) {
    throw new SignalboxError('input/bad-expression', `'${text.slice(0, 60)}…' is nested too deeply`, {
      hint: 'Split it, or compute a part of it in the source.',
    });
  }
  return sql;
}

/** The expression in its canonical layout, so that a change of spaces is no change. Throws `input/bad-expression`. */
export function canonicalExpression(text: string, variables: Variables): string {
  checked(text, variables);
  return serialize(parseSyntax(text));
}
