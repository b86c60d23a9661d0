import { findOverload } from './functions.js';
import type { ComparisonOperator, TypedNode } from './types.js';

/**
 * Macros that the generated SQL uses; run once on a connection.
 * `exact_int(x)` is x within ±(2^53 - 1) and else NULL: scaled by 2^10, the limits of BIGINT are just those, and TRY turns the overflow
 * into NULL. It names x once, so nested arithmetic does not grow exponentially, as CASE WHEN would.
 */
export const EXPRESSION_MACROS = [
  'CREATE OR REPLACE TEMP MACRO exact_int(x) AS (TRY((x) * 1024 - 1) + 1) // 1024',
  'CREATE OR REPLACE TEMP MACRO finite(x) AS CASE WHEN isfinite(x) THEN x END',
] as const;

/** A column name as SQL. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as an SQL literal. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The meaning of an expression on the offline path: DuckDB SQL over columns named like its variables. */
export function sqlOf(node: TypedNode): string {
  const sql = raw(node);
  return mayBeInfinite(node) ? `finite(${sql})` : sql;
}

/** Only double arithmetic makes infinities and NaN; columns and literals are finite. */
function mayBeInfinite(node: TypedNode): boolean {
  if (node.type !== 'double') return false;
  switch (node.kind) {
    case 'arithmetic':
      return true;
    case 'negate':
      return mayBeInfinite(node.operand);
    case 'condition':
      return mayBeInfinite(node.yes) || mayBeInfinite(node.no);
    default:
      return false;
  }
}

const COMPARISONS: Record<ComparisonOperator, string> = {
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '==': '=',
  '!=': '<>',
};

function raw(node: TypedNode): string {
  switch (node.kind) {
    case 'literal':
      return literal(node);
    case 'variable':
      return quoteIdentifier(node.name);
    case 'not':
      return `(NOT ${sqlOf(node.operand)})`;
    case 'negate':
      return node.type === 'int' ? `(-${raw(node.operand)})` : `(0e0 - ${raw(node.operand)})`;
    case 'arithmetic':
      return arithmetic(node);
    case 'comparison':
      return `(${sqlOf(node.left)} ${COMPARISONS[node.operator]} ${sqlOf(node.right)})`;
    case 'logic':
      return `(${sqlOf(node.left)} ${node.operator === '&&' ? 'AND' : 'OR'} ${sqlOf(node.right)})`;
    case 'condition': {
      // Not ELSE: a NULL test makes the whole NULL.
      const test = sqlOf(node.test);
      return `CASE WHEN ${test} THEN ${raw(node.yes)} WHEN NOT ${test} THEN ${raw(node.no)} END`;
    }
    case 'in':
      return `(${sqlOf(node.needle)} IN (${node.values.map(sqlOf).join(', ')}))`;
    case 'is-null':
      return `(${sqlOf(node.operand)} IS ${node.negated ? 'NOT ' : ''}NULL)`;
    case 'call':
      return call(node);
  }
}

function literal(node: TypedNode & { kind: 'literal' }): string {
  if (node.value === null)
    return `CAST(NULL AS ${{ int: 'BIGINT', double: 'DOUBLE', string: 'VARCHAR', bool: 'BOOLEAN' }[node.type]})`;
  if (node.type === 'string') return quoteText(String(node.value));
  if (node.type === 'bool') return node.value ? 'true' : 'false';
  // The exponent makes it a DOUBLE: 7.5 alone is a DECIMAL, and its arithmetic is another one.
  if (node.type === 'double') return `(${/e/.test(String(node.value)) ? node.value : `${node.value}e0`})`;
  return `CAST(${node.value} AS BIGINT)`;
}

function arithmetic(node: TypedNode & { kind: 'arithmetic' }): string {
  const [left, right] = [raw(node.left), raw(node.right)];
  if (node.type === 'double') return `(${left} ${node.operator} ${right})`;
  // DuckDB's integer division truncates toward zero and answers NULL for a zero divisor, and so does %.
  if (node.operator === '/') return `(${left} // ${right})`;
  if (node.operator === '%') return `(${left} % ${right})`;
  return `exact_int(${left} ${node.operator} ${right})`;
}

function call(node: TypedNode & { kind: 'call' }): string {
  const overload = findOverload(
    node.name,
    node.args.map((argument) => argument.type),
  )!;
  const sql = `(${overload.sql(...node.args.map(sqlOf))})`;
  return overload.returns === 'int' && node.name !== 'greatest' && node.name !== 'least' ? `exact_int(${sql})` : sql;
}
