import { Environment } from '@marcbachmann/cel-js';
import {
  compileExpression,
  type ExpressionType,
  type ExpressionValue,
  expressionToSql,
  type Variables,
} from '@signalbox/contracts';
import { type DuckDb, openDuckDb } from '@signalbox/tools/duckdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * One meaning, two paths: each expression is evaluated by DuckDB over the generated SQL and by the TypeScript closure over the same rows,
 * and the answers must be equal, bit for bit. Rows hold the values at which such things differ: NULL, zero, negative operands, the ends of
 * the exact integers, huge and tiny doubles, quotes and text beyond the basic plane.
 */
const VARIABLES: Variables = {
  i: 'int',
  j: 'int',
  x: 'double',
  y: 'double',
  s: 'string',
  b: 'bool',
  at: 'int',
  'view.f': 'double',
};
const SQL_TYPES: Record<ExpressionType, string> = {
  int: 'BIGINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  bool: 'BOOLEAN',
};
const MAX = Number.MAX_SAFE_INTEGER;
const SAMPLES: Record<ExpressionType, readonly ExpressionValue[]> = {
  int: [
    0,
    1,
    -1,
    2,
    3,
    -7,
    10,
    -10,
    59,
    3_600_000_000,
    -3_600_000_001,
    986_083_200_000_000,
    MAX,
    -MAX,
    MAX - 1,
    94_906_267,
    null,
  ],
  double: [0, 1, -1, 0.5, -0.1, 2.5, -2.5, 1e-300, 1e300, -1e300, 1.7e308, 9_007_199_254_740_992, 123_456.789, null],
  string: ['', 'a', "it's", '"quoted"', '%', '\\n', 'ü', '🛫x', "'; DROP TABLE r; --", null],
  bool: [true, false, null],
};
const names = Object.keys(VARIABLES);

type Row = Record<string, ExpressionValue>;
const rowArbitrary: fc.Arbitrary<Row> = fc.record(
  Object.fromEntries(names.map((name) => [name, fc.constantFrom(...SAMPLES[VARIABLES[name]!])])),
);

const literalText: Record<ExpressionType, fc.Arbitrary<string>> = {
  int: fc.constantFrom('0', '1', '-1', '2', '3', '7', '60', '86400000000', '9007199254740991', '-9007199254740991'),
  double: fc.constantFrom('0.0', '1.0', '-1.5', '7.5', '1e300', '1e-3', '0.1', '60000000.0'),
  string: fc.constantFrom("'a'", '"it\'s"', "''", "'🛫'", '"%"'),
  bool: fc.constantFrom('true', 'false'),
};
const variableText = (type: ExpressionType): fc.Arbitrary<string> =>
  fc.constantFrom(...names.filter((name) => VARIABLES[name] === type));

/** Texts of a type, nested up to `depth`. */
function textOf(type: ExpressionType, depth: number): fc.Arbitrary<string> {
  const leaf = fc.oneof(variableText(type), literalText[type]);
  if (depth === 0) return leaf;
  const of = (inner: ExpressionType): fc.Arbitrary<string> => textOf(inner, depth - 1);
  const binary = (inner: ExpressionType, operators: readonly string[]): fc.Arbitrary<string> =>
    fc.tuple(of(inner), fc.constantFrom(...operators), of(inner)).map(([a, op, c]) => `(${a} ${op} ${c})`);
  const both = (name: string, inner: ExpressionType): fc.Arbitrary<string> =>
    fc.tuple(of(inner), of(inner)).map(([a, c]) => `${name}(${a}, ${c})`);
  const one = (name: string, inner: ExpressionType): fc.Arbitrary<string> => of(inner).map((a) => `${name}(${a})`);
  const choice = fc
    .tuple(of('bool'), fc.oneof(of(type), fc.constant(null)), of(type))
    .map(([test, yes, no]) => `((${test}) ? ${yes} : ${no})`);
  const order = ['<', '<=', '>', '>=', '==', '!='];
  const forms: Record<ExpressionType, fc.Arbitrary<string>[]> = {
    int: [
      binary('int', ['+', '-', '*', '/', '%']),
      both('greatest', 'int'),
      both('least', 'int'),
      one('int', 'double'),
      one('minutes', 'double'),
      one('hours', 'int'),
      one('hour_of_day', 'int'),
      one('day_of_week', 'int'),
      of('int').map((a) => `(-(${a}))`),
    ],
    double: [
      binary('double', ['+', '-', '*', '/']),
      both('greatest', 'double'),
      both('least', 'double'),
      one('double', 'int'),
      of('double').map((a) => `(-(${a}))`),
    ],
    string: [leaf],
    bool: [
      binary('int', order),
      binary('double', order),
      binary('string', ['==', '!=']),
      binary('bool', ['==', '!=', '&&', '||']),
      fc.tuple(of('int'), of('double')).map(([a, c]) => `(${a} <= ${c})`),
      of('bool').map((a) => `(!(${a}))`),
      of('double').map((a) => `(${a} == null)`),
      of('int').map((a) => `(${a} != null)`),
      of('int').map((a) => `(${a} in [1, 2, i])`),
      of('string').map((a) => `(${a} in ['a', s, "it's"])`),
      fc
        .tuple(of('string'), fc.constantFrom('contains', 'startsWith', 'endsWith'), of('string'))
        .map(([a, m, c]) => `${a}.${m}(${c})`),
    ],
  };
  return fc.oneof(leaf, choice, ...forms[type]);
}

let database: DuckDb;
beforeAll(async () => {
  database = await openDuckDb({ threads: 1 });
});
afterAll(() => database.close());

const sqlValue = (value: ExpressionValue, type: ExpressionType): string => {
  if (value === null) return `NULL::${SQL_TYPES[type]}`;
  if (type === 'string') return `'${String(value).replaceAll("'", "''")}'`;
  return type === 'double' ? `CAST('${value}' AS DOUBLE)` : String(value);
};

async function inSql(text: string, rows: readonly Row[]): Promise<readonly ExpressionValue[]> {
  const tuples = rows.map(
    (row, index) => `(${index}, ${names.map((name) => sqlValue(row[name]!, VARIABLES[name]!)).join(', ')})`,
  );
  await database.run(
    `CREATE OR REPLACE TABLE r (row_index BIGINT, ${names.map((name) => `"${name}" ${SQL_TYPES[VARIABLES[name]!]}`).join(', ')})`,
  );
  await database.run(`INSERT INTO r VALUES ${tuples.join(', ')}`);
  const [values] = await database.columns(`SELECT ${expressionToSql(text, VARIABLES)} FROM r ORDER BY row_index`);
  return values as readonly ExpressionValue[];
}

const inTypeScript = (text: string, rows: readonly Row[]): ExpressionValue[] =>
  rows.map(compileExpression(text, VARIABLES));
/** One zero: SQL and JavaScript agree that -0 = 0, and no expression can tell them apart. */
const oneZero = (values: readonly ExpressionValue[]) => values.map((value) => (value === 0 ? 0 : value));

async function bothAgree(text: string, rows: readonly Row[]): Promise<void> {
  expect(oneZero(inTypeScript(text, rows)), text).toEqual(oneZero(await inSql(text, rows)));
}

const everyRow = (): Row[] =>
  Array.from({ length: 340 }, (_, index) =>
    Object.fromEntries(
      names.map((name, at) => {
        const samples = SAMPLES[VARIABLES[name]!];
        return [name, samples[(at % 2 === 0 ? index : Math.floor(index / samples.length)) % samples.length]!];
      }),
    ),
  );

describe('SQL and TypeScript give one meaning to', () => {
  it.each([
    'i / j',
    'i % j',
    'i * j',
    'i + j',
    'i - j',
    '-i',
    'int(x)',
    'int(x * y)',
    'double(i) / double(j)',
    'x / y',
    'x * y - x * y',
    '(x * y) / (x * y)',
    'minutes(x)',
    'minutes(-0.00000001)',
    'hours(i)',
    'hour_of_day(i)',
    'day_of_week(i)',
    'greatest(i, j)',
    'least(x, y)',
    'i > j',
    'x == y',
    'i < x',
    'b && i > 0',
    'b || i > 0',
    '!b',
    'b ? i : j',
    'b ? null : x',
    'i == null',
    's != null',
    "s == 'it\\'s'",
    's in ["a", "🛫x"]',
    'i in [0, j]',
    "s.contains('%')",
    's.startsWith("\'")',
    'view.f * 2.0 > 1.0',
    '(x / 0.0) == null',
    'x * 1e300 > 0.0',
    'i * j * 3 / 3',
    '(i + j) - j',
    'at + minutes(30.0 + double(i) / 7.5 + double(greatest(j, 0)))',
  ])('%s', async (text) => {
    await bothAgree(text, everyRow());
  });

  it('any expression over any row', async () => {
    const anyText = fc.oneof(...(['int', 'double', 'bool'] as const).map((type) => textOf(type, 3)));
    await fc.assert(fc.asyncProperty(anyText, fc.array(rowArbitrary, { minLength: 1, maxLength: 12 }), bothAgree), {
      numRuns: 250,
    });
  });
});

describe('where CEL has a value, ours is the same', () => {
  const env = Object.entries(VARIABLES)
    .filter(([name]) => !name.includes('.'))
    .reduce((cel, [name, type]) => cel.registerVariable(name, type), new Environment());

  it('by the evaluator of the CEL library, for rows without NULL and results in range', () => {
    const texts = [
      'i / j',
      'i % j',
      'i * j',
      'i - j',
      '-i',
      'x / y',
      'double(i) * x',
      'i < j',
      'i <= x',
      'b && i > 0',
      'b ? i : j',
      '!(b || x > y)',
      's.contains("a")',
      "s == 'a' || s == 'ü'",
      'i in [0, 3]',
      's.endsWith("x") ? 1 : 2',
    ];
    let compared = 0;
    for (const text of texts) {
      const ours = compileExpression(text, VARIABLES);
      for (const row of everyRow()) {
        if (Object.values(row).includes(null)) continue;
        const context = Object.fromEntries(
          names.map((name) => [name, VARIABLES[name] === 'int' ? BigInt(row[name] as number) : row[name]]),
        );
        const theirs = celValue(() => env.evaluate(text, context));
        if (theirs === null) continue;
        expect(ours(row), `${text} of ${JSON.stringify(row)}`).toEqual(theirs);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(1000);
  });
});

/** A value of CEL as ours; null where CEL errs or where ours is NULL by definition. */
function celValue(evaluate: () => unknown): ExpressionValue {
  try {
    const value = evaluate();
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : null;
    return typeof value === 'number' && !Number.isFinite(value) ? null : (value as ExpressionValue);
  } catch {
    return null;
  }
}
