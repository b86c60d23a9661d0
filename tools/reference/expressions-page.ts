import { EXPRESSION_FUNCTIONS, EXPRESSION_METHODS } from '@signalbox/contracts';

/** What a function means, and a call of it with its value; a test evaluates each. */
export const FUNCTION_NOTES: Readonly<
  Record<string, { readonly meaning: string; readonly example: string; readonly value: unknown }>
> = {
  minutes: { meaning: 'So many minutes in microseconds, rounded down.', example: 'minutes(2.5)', value: 150_000_000 },
  hours: { meaning: 'So many hours in microseconds, rounded down.', example: 'hours(1)', value: 3_600_000_000 },
  hour_of_day: { meaning: 'The hour of the UTC day of a time, 0 to 23.', example: 'hour_of_day(hours(25))', value: 1 },
  day_of_week: { meaning: 'The day of the UTC week of a time; 0 is Monday.', example: 'day_of_week(0)', value: 3 },
  greatest: { meaning: 'The greater of two numbers.', example: 'greatest(-3, 0)', value: 0 },
  least: { meaning: 'The smaller of two numbers.', example: 'least(2.5, 1.0)', value: 1 },
  double: { meaning: 'The number as a double.', example: 'double(7) / 2.0', value: 3.5 },
  int: { meaning: 'The number toward zero.', example: 'int(-2.7)', value: -2 },
  contains: { meaning: 'Whether a text holds another.', example: '"ORD".contains("R")', value: true },
  startsWith: { meaning: 'Whether a text starts with another.', example: '"ORD".startsWith("OR")', value: true },
  endsWith: { meaning: 'Whether a text ends with another.', example: '"ORD".endsWith("OR")', value: false },
};

/** `docs/reference/expressions.md`: the language of `observedAt`, `input`, `where`, `expression` and `rule`. */
export function expressionsPage(): string {
  const functions = Object.entries(EXPRESSION_FUNCTIONS).map(([name, overloads]) =>
    row(
      name,
      overloads.map(({ parameters, returns }) => `${name}(${parameters.join(', ')}): ${returns}`),
    ),
  );
  const methods = Object.entries(EXPRESSION_METHODS).map(([name, { parameters, returns }]) =>
    row(name, [`${parameters[0]}.${name}(${parameters.slice(1).join(', ')}): ${returns}`]),
  );
  return `# Expressions

A typed subset of [CEL](https://cel.dev). An expression is compiled to SQL where datasets are built and evaluated in the pod, with one meaning.

| key | sees | must be |
| --- | --- | --- |
| \`observedAt\` of a source | its columns | int |
| \`aggregations[].input\` of an aggregate view | the columns of its source | int, double or bool (\`count\` also string) |
| \`aggregations[].where\` | the same | bool |
| \`features[].expression\` of a request view | its inputs, and \`at\` | int, double or bool |
| \`label.expression\` of a model | the columns of the label's source | bool |
| \`evaluation.slices[].where\` | the same, and the features of the model as \`view.feature\` | bool |
| \`serving.rule\` | the features of the model | int, double or bool |

- **Types:** \`int\`, \`double\`, \`string\`, \`bool\`. A time (\`at\`, a timestamp column) is an \`int\`: microseconds since 1970 in UTC.
- **NULL:** any value may be NULL, and what is computed from NULL is NULL. Only \`&&\` and \`||\` may know better (\`false && null\` is false), and \`x == null\`
  tests for it. A NULL condition of \`?:\` makes the whole NULL.
- **int** is exact up to 2^53 - 1; beyond it, and divided by zero, a value is NULL. Division goes toward zero.
- **double** is IEEE 754. What is not finite is NULL.
- Numbers are not converted silently: write \`double(x)\` or \`int(x)\`. Comparisons may mix the two.
- **Operators:** \`+ - * / %\`, \`== != < <= > >=\`, \`&& || !\`, \`c ? a : b\`, \`x in ["a", "b"]\`. Only numbers have an order.

## Functions

| function | meaning | example | value |
| --- | --- | --- | --- |
${[...functions, ...methods].join('\n')}

<!-- Written by \`npm run docs\` from contracts/features/expression; do not edit. -->
`;
}

function row(name: string, signatures: readonly string[]): string {
  const note = FUNCTION_NOTES[name];
  if (!note) throw new TypeError(`the function ${name} has no row in FUNCTION_NOTES`);
  return `| ${signatures.map((signature) => `\`${signature}\``).join(', ')} | ${note.meaning} | \`${note.example}\` | \`${note.value}\` |`;
}
