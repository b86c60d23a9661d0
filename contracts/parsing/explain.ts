import type { ErrorObject } from 'ajv';
import type { FindingCode } from '../errors/finding-codes.js';
import { nearest, suggest } from '../errors/nearest.js';
import { describeTypes, describeValue } from './describe-value.js';
import type { FieldPath } from './field-path.js';
import { FORMS, formProblem } from './forms.js';
import type { JsonSchema } from './json-schema.js';

/** One failed rule of a schema in plain words. `step` is the key below the failed value that it speaks of, if any. */
export interface Explanation {
  readonly code: FindingCode;
  readonly message: string;
  readonly hint?: string;
  readonly step?: string;
}

type Explain = (error: ErrorObject, path: FieldPath) => Explanation;

/** Every keyword that our schemas use (a test compares), said as: what was expected, what came, the correct form. */
const EXPLANATIONS: Readonly<Record<string, Explain>> = {
  additionalProperties: explainUnknownKey,
  required: explainMissingKey,
  type: explainType,
  enum: explainEnum,
  const: (error) => badValue(`expected ${describeValue(error.schema)}, got ${describeValue(error.data)}`),
  pattern: explainPattern,
  format: (error) => badValue(formProblem(error.params.format, error.data as string) ?? 'not a possible value'),
  minLength: (error) =>
    badValue(`expected at least ${characters(error.params.limit)}, got ${describeValue(error.data)}`),
  maxLength: (error) =>
    badValue(
      `expected at most ${characters(error.params.limit)}, got ${String(error.data).length}: ${describeValue(error.data)}`,
    ),
  minimum: (error) => badValue(`expected a number of at least ${error.params.limit}, got ${error.data}`),
  maximum: (error) => badValue(`expected a number of at most ${error.params.limit}, got ${error.data}`),
  exclusiveMinimum: (error) => badValue(`expected a number above ${error.params.limit}, got ${error.data}`),
  exclusiveMaximum: (error) => badValue(`expected a number below ${error.params.limit}, got ${error.data}`),
  minItems: (error) => badValue(`expected at least ${entries(error.params.limit)}, got ${describeValue(error.data)}`),
  maxItems: (error) => badValue(`expected at most ${entries(error.params.limit)}, got ${describeValue(error.data)}`),
  uniqueItems: explainRepeated,
  minProperties: explainTooFewKeys,
};

export const EXPLAINED_KEYWORDS = Object.keys(EXPLANATIONS);

/** Keywords that only repeat another error: the rule that a name broke, and `maxItems` of a list of fixed length. */
export const ECHOES: ReadonlySet<string> = new Set(['propertyNames', 'additionalItems']);

/** Null for an error that only repeats another one. */
export function explain(error: ErrorObject, path: FieldPath): Explanation | null {
  if (ECHOES.has(error.keyword)) return null;
  const told = EXPLANATIONS[error.keyword]?.(error, path);
  if (!told) throw new TypeError(`a schema uses "${error.keyword}", which has no explanation`);
  return error.propertyName === undefined
    ? told
    : { ...told, message: `as a key, ${told.message}`, step: error.propertyName };
}

function badValue(message: string, hint?: string): Explanation {
  return { code: 'schema/bad-value', message, ...(hint === undefined ? {} : { hint }) };
}

/** The known key that an unknown one most likely stands for. */
export function meantKey(error: ErrorObject): string | null {
  return nearest(error.params.additionalProperty as string, knownKeys(error));
}

function knownKeys(error: ErrorObject): string[] {
  return Object.keys((error.parentSchema as JsonSchema).properties ?? {});
}

function explainUnknownKey(error: ErrorObject): Explanation {
  const key = error.params.additionalProperty as string;
  const near = meantKey(error);
  return {
    code: 'schema/unknown-key',
    message: near === null ? `unknown key "${key}"` : `unknown key "${key}"; the nearest known key is "${near}"`,
    hint: near === null ? suggest(key, knownKeys(error), 'key') : `Write "${near}", or remove the key.`,
    step: key,
  };
}

function explainMissingKey(error: ErrorObject): Explanation {
  const key = error.params.missingProperty as string;
  const schema = (error.parentSchema as JsonSchema).properties?.[key];
  return {
    code: 'schema/missing-key',
    message: `the key "${key}" is missing`,
    hint: `Add "${key}:"${schema?.description ? `. ${schema.description}` : ''}`,
  };
}

function explainType(error: ErrorObject, path: FieldPath): Explanation {
  const expected = describeTypes((error.parentSchema as JsonSchema).type ?? 'object');
  const hint = typeHint(error.parentSchema as JsonSchema, error.data);
  return {
    code: 'schema/wrong-type',
    message: `expected ${expected}${path.length === 0 ? ' of keys and values' : ''}, got ${describeValue(error.data)}`,
    ...(hint === null ? {} : { hint }),
  };
}

/** Most wrong types are one slip of YAML: a quoted number, an unquoted text, a single entry where a list belongs. */
function typeHint(schema: JsonSchema, data: unknown): string | null {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const numeric = types.includes('number') || types.includes('integer');
  if (typeof data === 'string' && numeric && data.trim() !== '' && Number.isFinite(Number(data))) {
    return `Remove the quotes: ${data.trim()}`;
  }
  if (typeof data === 'string' && types.includes('boolean')) return 'Write true or false, without quotes.';
  if ((typeof data === 'number' || typeof data === 'boolean') && types.includes('string'))
    return `Put it in quotes: "${data}"`;
  if (types.includes('array') && data !== null && typeof data !== 'object') return `Write a list: [${data}]`;
  if (data === null || data === undefined) return 'Write a value after the colon, or remove the key.';
  return schema.description ?? null;
}

function explainEnum(error: ErrorObject): Explanation {
  const allowed = error.params.allowedValues as readonly unknown[];
  const near = typeof error.data === 'string' ? nearest(error.data, allowed.map(String)) : null;
  return badValue(
    `expected one of ${allowed.join(', ')}; got ${describeValue(error.data)}`,
    near === null ? (error.parentSchema as JsonSchema).description : `Did you mean "${near}"?`,
  );
}

function explainPattern(error: ErrorObject): Explanation {
  const form = FORMS[error.params.pattern as string];
  if (!form) throw new TypeError(`the pattern ${error.params.pattern} has no words in forms.ts`);
  const came = error.propertyName === undefined ? error.data : error.propertyName;
  return badValue(`expected ${form.expected}, got ${describeValue(came)}`, `For example: ${form.example}`);
}

function explainRepeated(error: ErrorObject): Explanation {
  const list = error.data as readonly unknown[];
  const [first, second] = [error.params.i as number, error.params.j as number].sort((a, b) => a - b) as [
    number,
    number,
  ];
  return badValue(
    `entries ${first + 1} and ${second + 1} are the same (${describeValue(list[first])})`,
    'Remove one of the two.',
  );
}

function explainTooFewKeys(error: ErrorObject): Explanation {
  const known = knownKeys(error);
  const of = known.length > 0 ? ` of ${known.join(', ')}` : '';
  return badValue(`expected at least ${entries(error.params.limit)}${of}, got ${describeValue(error.data)}`);
}

function entries(count: number): string {
  return count === 1 ? 'one entry' : `${count} entries`;
}

function characters(count: number): string {
  return count === 1 ? 'one character' : `${count} characters`;
}
