import type { CompiledEntity, KeyValue } from '@signalbox/contracts';
import { BadRequest, describe } from './bad-request.js';
import type { InputDefinition, PublicInputs } from './public-inputs.js';
import type { InputValue, PredictRequest } from './request.js';
import { requestTime } from './request-time.js';

/** What a request is read against. */
export interface RequestShape {
  /** What must be there: the inputs of the champion. */
  readonly required: PublicInputs;
  /** What is read: the inputs of every version of the manifest, so that callers can send ahead of a release and after a rollback. */
  readonly known: PublicInputs;
  /** Every `view.feature` that a caller may provide. */
  readonly features: ReadonlySet<string>;
  /** Whether the environment lets callers choose T. */
  readonly replay: boolean;
}

const FIELDS = new Set(['entities', 'request', 'unit', 'at', 'features', 'include']);
const MAX_KEY_LENGTH = 512;
const MAX_UNIT_LENGTH = 512;
const NOTHING: readonly string[] = [];

/**
 * Reads the body of `POST /v1/models/<model>/predict`. Unknown fields of the body are refused; entities and inputs that no version takes are
 * ignored and named in the answer, because a caller must be able to send the inputs of a version before it is live and after it is rolled back.
 * Throws `BadRequest`.
 */
export function parsePredictRequest(shape: RequestShape, body: unknown, nowUs: number | null): PredictRequest {
  const fields = object(body, 'body', 'a JSON object');
  for (const name in fields) {
    if (!FIELDS.has(name)) {
      throw new BadRequest(name, `unknown field ${quote(name)}`, `Known fields: ${[...FIELDS].join(', ')}.`);
    }
  }
  const ignored: string[] = [];
  const entities = parseEntities(shape, fields.entities, ignored);
  const inputs = parseInputs(shape, fields.request, ignored);
  return {
    entities,
    inputs,
    unit: fields.unit === undefined ? defaultUnit(shape, entities) : parseUnit(fields.unit),
    atUs: requestTime(shape, fields.at, nowUs),
    overrides: fields.features === undefined ? null : parseOverrides(shape, fields.features),
    ignored: ignored.length === 0 ? NOTHING : ignored,
    includeFeatures: fields.include !== undefined && parseInclude(fields.include),
    timeoutMs: null,
  };
}

/** The keys of the champion's entities: stable while callers add what only newer versions take. */
export function defaultUnit(shape: RequestShape, entities: PredictRequest['entities']): string {
  let unit = '';
  for (const { name } of shape.required.entities) unit += `${entities[name]!.join('\u001f')}\u001e`;
  return unit;
}

function parseEntities(shape: RequestShape, value: unknown, ignored: string[]): PredictRequest['entities'] {
  const sent = value === undefined ? {} : object(value, 'entities', 'an object of entity keys');
  const entities: Record<string, KeyValue[]> = {};
  for (const entity of shape.known.entities) {
    const keys = Object.hasOwn(sent, entity.name) ? sent[entity.name] : undefined;
    if (keys !== undefined) entities[entity.name] = parseKeys(entity, keys, `entities.${entity.name}`);
  }
  for (const { name, keys } of shape.required.entities) {
    if (entities[name] === undefined) {
      const example = JSON.stringify({ [name]: Object.fromEntries(keys.map((key) => [key.name, '…'])) });
      throw new BadRequest(`entities.${name}`, `the entity ${quote(name)} is missing`, `Send "entities": ${example}.`);
    }
  }
  for (const name in sent) if (!Object.hasOwn(entities, name)) ignored.push(`entities.${name}`);
  return entities;
}

/** `{"origin": {"origin": "ATL"}}`, or `{"origin": "ATL"}` where there is one key. */
export function parseKeys(entity: CompiledEntity, value: unknown, field: string): KeyValue[] {
  const { name, keys } = entity;
  const [first] = keys;
  if (keys.length === 1 && (typeof value !== 'object' || value === null)) return [parseKey(first!, value, field)];
  const sent = object(value, field, `the keys ${keys.map((key) => key.name).join(', ')}`);
  for (const sentName in sent) {
    if (!keys.some((key) => key.name === sentName)) {
      throw new BadRequest(
        `${field}.${sentName}`,
        `the entity ${quote(name)} has no key ${quote(sentName)}`,
        `Its keys: ${keys.map((key) => key.name).join(', ')}.`,
      );
    }
  }
  return keys.map((key) =>
    parseKey(key, Object.hasOwn(sent, key.name) ? sent[key.name] : undefined, `${field}.${key.name}`),
  );
}

function parseKey(key: CompiledEntity['keys'][number], value: unknown, field: string): KeyValue {
  if (key.type === 'int') {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw new BadRequest(field, `expected a whole number, got ${describe(value)}`);
  }
  if (typeof value !== 'string') throw new BadRequest(field, `expected a string, got ${describe(value)}`);
  if (value.length > MAX_KEY_LENGTH)
    throw new BadRequest(field, `expected at most ${MAX_KEY_LENGTH} characters, got ${value.length}`);
  return value;
}

function parseInputs(shape: RequestShape, value: unknown, ignored: string[]): PredictRequest['inputs'] {
  const sent = value === undefined ? {} : object(value, 'request', 'an object of request inputs');
  const inputs: Record<string, InputValue> = {};
  for (const input of shape.known.inputs) {
    const given = Object.hasOwn(sent, input.name) ? sent[input.name] : undefined;
    if (given !== undefined) inputs[input.name] = parseInput(input, given);
  }
  for (const { name, type } of shape.required.inputs) {
    if (inputs[name] === undefined) {
      throw new BadRequest(
        `request.${name}`,
        `the input ${quote(name)} (${type}) is missing`,
        'Send null where it is not known.',
      );
    }
  }
  for (const name in sent) if (!Object.hasOwn(inputs, name)) ignored.push(`request.${name}`);
  return inputs;
}

/** One input; null is NULL. */
export function parseInput(input: InputDefinition & { readonly name: string }, value: unknown): InputValue {
  if (value === null) return null;
  const field = `request.${input.name}`;
  const wanted = EXPECTED[input.type];
  if (!wanted.accepts(value)) throw new BadRequest(field, `expected ${wanted.name}, got ${describe(value)}`);
  if (typeof value === 'number') {
    if (input.min !== undefined && value < input.min)
      throw new BadRequest(field, `expected at least ${input.min}, got ${value}`);
    if (input.max !== undefined && value > input.max)
      throw new BadRequest(field, `expected at most ${input.max}, got ${value}`);
  }
  return value as InputValue;
}

const EXPECTED: Record<
  InputDefinition['type'],
  { readonly name: string; readonly accepts: (value: unknown) => boolean }
> = {
  int: { name: 'a whole number', accepts: (value) => Number.isSafeInteger(value) },
  double: { name: 'a finite number', accepts: (value) => Number.isFinite(value) },
  string: { name: 'a string', accepts: (value) => typeof value === 'string' && value.length <= MAX_KEY_LENGTH },
  bool: { name: 'true or false', accepts: (value) => typeof value === 'boolean' },
};

function parseUnit(value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= MAX_UNIT_LENGTH) return value;
  throw new BadRequest('unit', `expected a string of 1 to ${MAX_UNIT_LENGTH} characters, got ${describe(value)}`);
}

function parseOverrides(shape: RequestShape, value: unknown): Record<string, number | null> {
  const sent = object(value, 'features', 'an object of feature values');
  const overrides: Record<string, number | null> = {};
  for (const name in sent) {
    const given = sent[name];
    if (!shape.features.has(name)) {
      throw new BadRequest(
        `features.${name}`,
        `the model has no feature ${quote(name)}`,
        'Features are named `view.feature`.',
      );
    }
    if (given !== null && !Number.isFinite(given)) {
      throw new BadRequest(`features.${name}`, `expected a finite number or null, got ${describe(given)}`);
    }
    overrides[name] = given as number | null;
  }
  return overrides;
}

function parseInclude(value: unknown): boolean {
  if (Array.isArray(value) && value.every((part) => part === 'features')) return value.length > 0;
  throw new BadRequest('include', `expected ["features"] or [], got ${describe(value)}`);
}

function object(value: unknown, field: string, expected: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new BadRequest(field, `expected ${expected}, got ${describe(value)}`);
}

const quote = (name: string): string => JSON.stringify(name.slice(0, 80));
