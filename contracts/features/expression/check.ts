import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { FUNCTIONS, findOverload, METHODS } from './functions.js';
import type { ComparisonOperator, ExpressionProblem, ExpressionType, TypedNode, Variables } from './types.js';

/** CEL's grammar is read by the library; what an expression may say, and what its types are, is decided here. */
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxCallArguments: 8 },
});

export type ExpressionCheck =
  | {
      readonly ok: true;
      readonly node: TypedNode;
      readonly type: ExpressionType;
      readonly variables: readonly string[];
    }
  | { readonly ok: false; readonly problem: ExpressionProblem };

class Refusal extends Error {
  constructor(readonly problem: ExpressionProblem) {
    super(problem.message);
  }
}

function refuse(node: { readonly start: number; readonly end: number }, message: string, hint?: string): never {
  throw new Refusal({ message, start: node.start, end: node.end, ...(hint === undefined ? {} : { hint }) });
}

/** Parses and types an expression; the first problem is told with its place in the text. */
export function checkExpression(
  text: string,
  variables: Variables,
  expected?: ExpressionType | readonly ExpressionType[],
): ExpressionCheck {
  try {
    const ast = parseSyntax(text);
    const node = lower(ast, variables);
    const wanted = expected === undefined ? null : Array.isArray(expected) ? expected : [expected];
    if (wanted && !wanted.includes(node.type)) {
      refuse(ast, `'${text}' is of type ${node.type}, expected ${wanted.join(' or ')}`);
    }
    return { ok: true, node, type: node.type, variables: [...new Set(variablesOf(node))].sort() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** The syntax tree; refuses what is not CEL. */
export function parseSyntax(text: string): ASTNode {
  try {
    return environment.parse(text).ast;
  } catch (error) {
    const { summary, range, message } = error as {
      summary?: string;
      range?: { start: number; end: number };
      message: string;
    };
    return refuse(range ?? { start: 0, end: text.length }, `'${text}' is not a CEL expression: ${summary ?? message}`);
  }
}

function variablesOf(node: TypedNode): string[] {
  switch (node.kind) {
    case 'literal':
      return [];
    case 'variable':
      return [node.name];
    case 'not':
    case 'negate':
    case 'is-null':
      return variablesOf(node.operand);
    case 'arithmetic':
    case 'comparison':
    case 'logic':
      return [...variablesOf(node.left), ...variablesOf(node.right)];
    case 'condition':
      return [node.test, node.yes, node.no].flatMap(variablesOf);
    case 'in':
      return [node.needle, ...node.values].flatMap(variablesOf);
    case 'call':
      return node.args.flatMap(variablesOf);
  }
}

function lower(ast: ASTNode, variables: Variables): TypedNode {
  switch (ast.op) {
    case 'value':
      return literal(ast, ast.args);
    case 'id':
    case '.':
      return variable(ast, variables);
    case '!_':
      return { kind: 'not', type: 'bool', operand: typed(ast.args, 'bool', variables) };
    case '-_':
      return negation(ast.args, variables);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(ast, variables);
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=':
      return comparison(ast, variables);
    case '&&':
    case '||': {
      const [left, right] = ast.args.map((side) => typed(side, 'bool', variables)) as [TypedNode, TypedNode];
      return { kind: 'logic', type: 'bool', operator: ast.op, left, right };
    }
    case '?:':
      return condition(ast.args, variables);
    case 'in':
      return membership(ast.args, variables);
    case 'call':
      return call(ast, variables);
    case 'rcall':
      return method(ast, variables);
    default:
      return refuse(ast, `'${ast.op}' is not part of the expression language`, LANGUAGE_HINT);
  }
}

const LANGUAGE_HINT =
  'Use literals, variables, + - * / %, comparisons, && || !, ?:, in [...], and the functions of docs/reference.';

function literal(ast: ASTNode, value: unknown): TypedNode {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) refuse(ast, `${value} is beyond the exact integers (2^53 - 1)`);
    return { kind: 'literal', type: 'int', value: number };
  }
  if (typeof value === 'number') return { kind: 'literal', type: 'double', value };
  if (typeof value === 'boolean') return { kind: 'literal', type: 'bool', value };
  if (typeof value === 'string') {
    if (value.includes('\u0000')) refuse(ast, 'a string may not hold the NUL character');
    return { kind: 'literal', type: 'string', value };
  }
  if (value === null) return refuse(ast, 'null may stand only in == null, != null, or as one branch of ?:');
  return refuse(ast, 'only int, double, string and bool literals are allowed', LANGUAGE_HINT);
}

function dottedName(ast: ASTNode): string | null {
  if (ast.op === 'id') return ast.args;
  if (ast.op !== '.') return null;
  const owner = dottedName(ast.args[0]);
  return owner === null ? null : `${owner}.${ast.args[1]}`;
}

function variable(ast: ASTNode, variables: Variables): TypedNode {
  const name = dottedName(ast);
  const type = name !== null && Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (name === null || type === undefined) {
    const known = Object.keys(variables).sort().join(', ');
    throw new Refusal({
      message: `unknown variable '${name ?? '?'}'`,
      hint: known ? `Known here: ${known}.` : 'No variable is known here.',
      start: ast.start,
      end: ast.end,
      ...(name === null ? {} : { unknown: name }),
    });
  }
  return { kind: 'variable', type, name };
}

function typed(ast: ASTNode, type: ExpressionType, variables: Variables): TypedNode {
  const node = lower(ast, variables);
  if (node.type !== type) refuse(ast, `expected ${type}, got ${node.type}`);
  return node;
}

const isNumeric = (type: ExpressionType): type is 'int' | 'double' => type === 'int' || type === 'double';

function negation(operand: ASTNode, variables: Variables): TypedNode {
  const node = lower(operand, variables);
  if (!isNumeric(node.type)) return refuse(operand, `expected a number after '-', got ${node.type}`);
  if (node.kind === 'literal') return { ...node, value: 0 - Number(node.value) };
  return { kind: 'negate', type: node.type, operand: node };
}

function arithmetic(ast: ASTNode & { op: '+' | '-' | '*' | '/' | '%' }, variables: Variables): TypedNode {
  const [left, right] = ast.args.map((side) => lower(side, variables)) as [TypedNode, TypedNode];
  const { type } = left;
  if (!isNumeric(type) || type !== right.type || (ast.op === '%' && type === 'double')) {
    const mixed = isNumeric(type) && isNumeric(right.type) && ast.op !== '%';
    refuse(
      ast,
      `no operator ${left.type} ${ast.op} ${right.type}`,
      mixed ? 'Numbers are not converted silently: write double(...) or int(...).' : undefined,
    );
  }
  return { kind: 'arithmetic', type: type as 'int' | 'double', operator: ast.op, left, right };
}

const isNull = (ast: ASTNode): boolean => ast.op === 'value' && ast.args === null;

function comparison(ast: ASTNode & { op: ComparisonOperator }, variables: Variables): TypedNode {
  const [a, b] = ast.args;
  const equality = ast.op === '==' || ast.op === '!=';
  if (equality && isNull(a) !== isNull(b)) {
    const operand = lower(isNull(a) ? b : a, variables);
    return { kind: 'is-null', type: 'bool', operand, negated: ast.op === '!=' };
  }
  const [left, right] = [lower(a, variables), lower(b, variables)];
  const comparable = left.type === right.type || (isNumeric(left.type) && isNumeric(right.type));
  if (!comparable || !(equality || isNumeric(left.type))) {
    const hint = comparable
      ? `Only numbers have an order; ${left.type} values may be tested with == and !=.`
      : undefined;
    refuse(ast, `no operator ${left.type} ${ast.op} ${right.type}`, hint);
  }
  return { kind: 'comparison', type: 'bool', operator: ast.op, left, right };
}

function condition([test, yes, no]: readonly [ASTNode, ASTNode, ASTNode], variables: Variables): TypedNode {
  const branches = [yes, no].map((branch) => (isNull(branch) ? null : lower(branch, variables)));
  const type = branches.find((branch) => branch !== null)?.type;
  if (type === undefined) return refuse(yes, 'one branch of ?: must be more than null');
  const [first, second] = branches.map((branch) => branch ?? ({ kind: 'literal', type, value: null } as const));
  if (first!.type !== second!.type) refuse(no, `the branches of ?: differ: ${first!.type} and ${second!.type}`);
  return { kind: 'condition', type, test: typed(test, 'bool', variables), yes: first!, no: second! };
}

function membership([needle, list]: readonly [ASTNode, ASTNode], variables: Variables): TypedNode {
  if (list.op !== 'list') return refuse(list, "expected a list such as ['ATL', 'ORD'] after 'in'");
  const node = lower(needle, variables);
  const values = list.args.map((value) => typed(value, node.type, variables));
  if (values.length === 0) refuse(list, "the list after 'in' is empty");
  if (node.type === 'double') refuse(needle, "'in' is for int, string and bool: doubles are rarely equal");
  return { kind: 'in', type: 'bool', needle: node, values };
}

function call(ast: ASTNode & { op: 'call' }, variables: Variables): TypedNode {
  const [name, args] = ast.args;
  if (!Object.hasOwn(FUNCTIONS, name)) {
    return refuse(ast, `unknown function '${name}'`, `Known functions: ${Object.keys(FUNCTIONS).sort().join(', ')}.`);
  }
  return applied(
    ast,
    name,
    args.map((argument) => lower(argument, variables)),
  );
}

function method(ast: ASTNode & { op: 'rcall' }, variables: Variables): TypedNode {
  const [name, receiver, args] = ast.args;
  if (!Object.hasOwn(METHODS, name)) {
    return refuse(ast, `unknown method '${name}'`, `Known methods: ${Object.keys(METHODS).sort().join(', ')}.`);
  }
  return applied(
    ast,
    name,
    [receiver, ...args].map((argument) => lower(argument, variables)),
  );
}

function applied(ast: ASTNode, name: string, args: readonly TypedNode[]): TypedNode {
  const types = args.map((argument) => argument.type);
  const overload = findOverload(name, types);
  if (!overload) {
    const known = (FUNCTIONS[name] ?? [METHODS[name]!]).map(({ parameters }) => `${name}(${parameters.join(', ')})`);
    return refuse(ast, `no function ${name}(${types.join(', ')})`, `There is ${known.join(' and ')}.`);
  }
  return { kind: 'call', type: overload.returns, name, args };
}
