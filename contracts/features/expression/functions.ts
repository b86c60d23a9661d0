import type { ExpressionType } from './types.js';

const US_PER_MINUTE = 60_000_000;
const US_PER_HOUR = 3_600_000_000;
const US_PER_DAY = 86_400_000_000;
const US_PER_WEEK = 604_800_000_000;
/** The first epoch day was a Thursday; weeks start on Monday. */
const EPOCH_WEEKDAY = 3;

export type ScalarArgument = number | string | boolean;

/**
 * One overload of a function: both of its meanings side by side. Neither sees NULL; arguments are finite.
 * A result that is not finite, or an `int` that is not exact, becomes NULL outside.
 */
export interface FunctionOverload {
  readonly parameters: readonly ExpressionType[];
  readonly returns: ExpressionType;
  evaluate(...args: readonly ScalarArgument[]): ScalarArgument;
  /** Arguments come as SQL. Each must appear once if the function is not to blow up nested text. */
  sql(...args: readonly string[]): string;
}

const positiveModulo = (value: number, modulus: number): number => {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
};
const sqlPositiveModulo = (value: string, modulus: number): string =>
  `((${value} % ${modulus} + ${modulus}) % ${modulus})`;

/** `minutes(2.5)`, `hours(1)`: a length in microseconds, rounded down. */
function lengthOf(unitUs: number): FunctionOverload[] {
  const evaluate = (value: ScalarArgument): number => Math.floor(Number(value) * unitUs);
  const sql = (value: string): string => `TRY_CAST(floor(CAST(${value} AS DOUBLE) * ${unitUs}e0) AS BIGINT)`;
  return [
    { parameters: ['double'], returns: 'int', evaluate, sql },
    { parameters: ['int'], returns: 'int', evaluate, sql },
  ];
}

function pick(name: 'greatest' | 'least'): FunctionOverload[] {
  const choose = name === 'greatest' ? Math.max : Math.min;
  return (['int', 'double'] as const).map((type) => ({
    parameters: [type, type],
    returns: type,
    evaluate: (a, b) => choose(Number(a), Number(b)),
    // SQL's own function skips NULL, where ours propagates it.
    sql: (a, b) => `CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN ${name}(${a}, ${b}) END`,
  }));
}

export const FUNCTIONS: Readonly<Record<string, readonly FunctionOverload[]>> = {
  minutes: lengthOf(US_PER_MINUTE),
  hours: lengthOf(US_PER_HOUR),
  /** Hour of the UTC day, 0 to 23. */
  hour_of_day: [
    {
      parameters: ['int'],
      returns: 'int',
      evaluate: (at) => Math.floor(positiveModulo(Number(at), US_PER_DAY) / US_PER_HOUR),
      sql: (at) => `${sqlPositiveModulo(at, US_PER_DAY)} // ${US_PER_HOUR}`,
    },
  ],
  /** Day of the UTC week, 0 is Monday. */
  day_of_week: [
    {
      parameters: ['int'],
      returns: 'int',
      evaluate: (at) =>
        Math.floor(
          positiveModulo(positiveModulo(Number(at), US_PER_WEEK) + EPOCH_WEEKDAY * US_PER_DAY, US_PER_WEEK) /
            US_PER_DAY,
        ),
      sql: (at) =>
        `(${sqlPositiveModulo(at, US_PER_WEEK)} + ${EPOCH_WEEKDAY * US_PER_DAY}) % ${US_PER_WEEK} // ${US_PER_DAY}`,
    },
  ],
  greatest: pick('greatest'),
  least: pick('least'),
  double: [
    { parameters: ['int'], returns: 'double', evaluate: (a) => a, sql: (a) => `CAST(${a} AS DOUBLE)` },
    { parameters: ['double'], returns: 'double', evaluate: (a) => a, sql: (a) => a },
  ],
  /** Toward zero, as CEL has it. */
  int: [
    {
      parameters: ['double'],
      returns: 'int',
      evaluate: (a) => Math.trunc(Number(a)),
      sql: (a) => `TRY_CAST(trunc(${a}) AS BIGINT)`,
    },
    { parameters: ['int'], returns: 'int', evaluate: (a) => a, sql: (a) => a },
  ],
};

/** Functions that are written `text.contains('x')`. Strings compare by code point, so no order and no case here. */
export const METHODS: Readonly<Record<string, FunctionOverload>> = {
  contains: {
    parameters: ['string', 'string'],
    returns: 'bool',
    evaluate: (text, part) => String(text).includes(String(part)),
    sql: (text, part) => `contains(${text}, ${part})`,
  },
  startsWith: {
    parameters: ['string', 'string'],
    returns: 'bool',
    evaluate: (text, part) => String(text).startsWith(String(part)),
    sql: (text, part) => `starts_with(${text}, ${part})`,
  },
  endsWith: {
    parameters: ['string', 'string'],
    returns: 'bool',
    evaluate: (text, part) => String(text).endsWith(String(part)),
    sql: (text, part) => `ends_with(${text}, ${part})`,
  },
};

export function findOverload(name: string, types: readonly ExpressionType[]): FunctionOverload | undefined {
  const candidates = FUNCTIONS[name] ?? (METHODS[name] ? [METHODS[name]] : []);
  return candidates.find(
    ({ parameters }) => parameters.length === types.length && parameters.every((type, index) => type === types[index]),
  );
}
