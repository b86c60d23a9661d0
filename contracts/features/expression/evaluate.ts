import { findOverload, type ScalarArgument } from './functions.js';
import type { ComparisonOperator, ExpressionType, ExpressionValue, TypedNode } from './types.js';

export type Row = Readonly<Record<string, ExpressionValue | undefined>>;
export type Evaluator = (row: Row) => ExpressionValue;

/** A function of a row: the meaning of an expression on the online path. Closures, so that nothing is walked twice. */
export function evaluatorOf(node: TypedNode): Evaluator {
  return guard(raw(node), node.type);
}

/** What is not finite, or not an exact integer, is NULL. */
function guard(evaluate: Evaluator, type: ExpressionType): Evaluator {
  if (type === 'int') {
    return (row) => {
      const value = evaluate(row);
      return Number.isSafeInteger(value) ? value : null;
    };
  }
  if (type === 'double') {
    return (row) => {
      const value = evaluate(row);
      return Number.isFinite(value) ? value : null;
    };
  }
  return evaluate;
}

/** Doubles that come out of here may be infinite or NaN: arithmetic goes on with them, everything else guards. */
function raw(node: TypedNode): Evaluator {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'variable': {
      const { name } = node;
      return (row) => row[name] ?? null;
    }
    case 'not':
      return lifted([evaluatorOf(node.operand)], (value) => !value);
    case 'negate':
      return lifted([raw(node.operand)], (value) => 0 - Number(value));
    case 'arithmetic':
      return arithmetic(node);
    case 'comparison':
      return lifted([evaluatorOf(node.left), evaluatorOf(node.right)], COMPARISONS[node.operator]);
    case 'logic':
      return logic(node);
    case 'condition':
      return condition(node);
    case 'in': {
      const equal = node.values.map((value) => evaluatorOf(value));
      return membership(evaluatorOf(node.needle), equal);
    }
    case 'is-null': {
      const operand = evaluatorOf(node.operand);
      return (row) => (operand(row) === null) !== node.negated;
    }
    case 'call': {
      const overload = findOverload(
        node.name,
        node.args.map((argument) => argument.type),
      )!;
      return guard(lifted(node.args.map(evaluatorOf), overload.evaluate), overload.returns);
    }
  }
}

/** NULL in, NULL out. */
function lifted(
  args: readonly Evaluator[],
  apply: (...values: readonly ScalarArgument[]) => ExpressionValue,
): Evaluator {
  const [first, second] = args as [Evaluator, Evaluator | undefined];
  if (second === undefined) {
    return (row) => {
      const value = first(row);
      return value === null ? null : apply(value);
    };
  }
  return (row) => {
    const left = first(row);
    if (left === null) return null;
    const right = second(row);
    return right === null ? null : apply(left, right);
  };
}

const COMPARISONS: Record<ComparisonOperator, (a: ScalarArgument, b: ScalarArgument) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

function arithmetic(node: TypedNode & { kind: 'arithmetic' }): Evaluator {
  const args = [raw(node.left), raw(node.right)];
  const integral = node.type === 'int';
  switch (node.operator) {
    case '+':
      return exactly(
        integral,
        lifted(args, (a, b) => Number(a) + Number(b)),
      );
    case '-':
      return exactly(
        integral,
        lifted(args, (a, b) => Number(a) - Number(b)),
      );
    case '*':
      // `+ 0` turns -0 into 0: an integer has one zero.
      return exactly(
        integral,
        lifted(args, integral ? (a, b) => Number(a) * Number(b) + 0 : (a, b) => Number(a) * Number(b)),
      );
    case '/':
      if (!integral) return lifted(args, (a, b) => Number(a) / Number(b));
      return lifted(args, (a, b) => (b === 0 ? null : Math.trunc(Number(a) / Number(b)) + 0));
    case '%':
      return lifted(args, (a, b) => (b === 0 ? null : (Number(a) % Number(b)) + 0));
  }
}

/** Integers are checked after each step, so that no inexact intermediate can come back into range. */
const exactly = (integral: boolean, evaluate: Evaluator): Evaluator => (integral ? guard(evaluate, 'int') : evaluate);

function logic(node: TypedNode & { kind: 'logic' }): Evaluator {
  const [left, right] = [evaluatorOf(node.left), evaluatorOf(node.right)];
  const decided = node.operator === '||';
  return (row) => {
    const first = left(row);
    if (first === decided) return decided;
    const second = right(row);
    if (second === decided) return decided;
    return first === null || second === null ? null : !decided;
  };
}

function condition(node: TypedNode & { kind: 'condition' }): Evaluator {
  const [test, yes, no] = [evaluatorOf(node.test), raw(node.yes), raw(node.no)];
  return (row) => {
    const holds = test(row);
    return holds === null ? null : holds ? yes(row) : no(row);
  };
}

function membership(needle: Evaluator, values: readonly Evaluator[]): Evaluator {
  return (row) => {
    const wanted = needle(row);
    if (wanted === null) return null;
    let unknown = false;
    for (const value of values) {
      const candidate = value(row);
      if (candidate === wanted) return true;
      if (candidate === null) unknown = true;
    }
    return unknown ? null : false;
  };
}
