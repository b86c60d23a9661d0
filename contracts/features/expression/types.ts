import type { ColumnType } from '../../documents/source.js';

/**
 * The language of expressions: a typed subset of CEL (https://cel.dev) with one meaning in SQL and in TypeScript.
 *
 * - Types: `int`, `double`, `string`, `bool`. A timestamp is an `int` of epoch microseconds UTC.
 * - Any value may be NULL, and NULL propagates: an operator or function with a NULL argument is NULL. Only `&&` and `||` may know
 *   better (three-valued logic: `false && null` is false, `true || null` is true), and `x == null` and `x != null` test for it.
 *   A NULL condition of `?:` makes the whole NULL.
 * - `int` is exact within ±(2^53 - 1); a result outside is NULL. Division truncates toward zero, `%` has the sign of the dividend, and
 *   dividing by zero is NULL.
 * - `double` arithmetic is IEEE 754. A value that is not finite is NULL as soon as it is compared, converted, passed or returned.
 * - No implicit conversion in arithmetic (write `double(x)`); comparisons may mix `int` and `double`.
 */
export type ExpressionType = 'int' | 'double' | 'string' | 'bool';

export type ExpressionValue = number | string | boolean | null;

/** Names that an expression may use, and their types. A dotted name (`view.feature`) is written as such. */
export type Variables = Readonly<Record<string, ExpressionType>>;

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type ComparisonOperator = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** A checked expression. `null` literals take the type of their context. */
export type TypedNode =
  | { readonly kind: 'literal'; readonly type: ExpressionType; readonly value: ExpressionValue }
  | { readonly kind: 'variable'; readonly type: ExpressionType; readonly name: string }
  | { readonly kind: 'not'; readonly type: 'bool'; readonly operand: TypedNode }
  | { readonly kind: 'negate'; readonly type: 'int' | 'double'; readonly operand: TypedNode }
  | {
      readonly kind: 'arithmetic';
      readonly type: 'int' | 'double';
      readonly operator: ArithmeticOperator;
      readonly left: TypedNode;
      readonly right: TypedNode;
    }
  | {
      readonly kind: 'comparison';
      readonly type: 'bool';
      readonly operator: ComparisonOperator;
      readonly left: TypedNode;
      readonly right: TypedNode;
    }
  | {
      readonly kind: 'logic';
      readonly type: 'bool';
      readonly operator: '&&' | '||';
      readonly left: TypedNode;
      readonly right: TypedNode;
    }
  | {
      readonly kind: 'condition';
      readonly type: ExpressionType;
      readonly test: TypedNode;
      readonly yes: TypedNode;
      readonly no: TypedNode;
    }
  | { readonly kind: 'in'; readonly type: 'bool'; readonly needle: TypedNode; readonly values: readonly TypedNode[] }
  | { readonly kind: 'is-null'; readonly type: 'bool'; readonly operand: TypedNode; readonly negated: boolean }
  | {
      readonly kind: 'call';
      readonly type: ExpressionType;
      readonly name: string;
      readonly args: readonly TypedNode[];
    };

/** What is wrong with an expression, and where in its text (offsets, end exclusive). */
export interface ExpressionProblem {
  readonly message: string;
  readonly hint?: string;
  /** The variable that is not known, where this is what is wrong. */
  readonly unknown?: string;
  readonly start: number;
  readonly end: number;
}

/** The variables that the columns of a source make: a timestamp is an `int` of microseconds. */
export function columnVariables(columns: Readonly<Record<string, ColumnType>>): Variables {
  return Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, type === 'timestamp' ? ('int' as const) : type]),
  );
}
