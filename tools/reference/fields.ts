import type { JsonSchema } from '@signalbox/contracts';
import { describeSchema, inlineYaml } from './describe-schema.js';

/** One key of a document, as a reference page shows it. */
export interface Field {
  /** `columns.<name>.type`, `aggregations[].windows`. */
  readonly name: string;
  /** Its type and bounds in words. */
  readonly type: string;
  /** `required`, `optional`, or the default as YAML. */
  readonly presence: string;
  readonly description: string;
  readonly example: string;
}

const ANY_KEY = '<name>';
const ANY_ITEM = '[]';

/** Every key of a document, in the order of its schema, with an example from the first sample that has one (or from the schema where none has). */
export function fieldsOf(schema: JsonSchema, samples: readonly unknown[]): Field[] {
  return walk(schema, { steps: [], samples });
}

interface Place {
  readonly steps: readonly string[];
  /** What the sample holds at this place; several under a list or a record. */
  readonly samples: readonly unknown[];
}

function walk(schema: JsonSchema, place: Place): Field[] {
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const inner = { steps: [...place.steps, name], samples: place.samples.flatMap((each) => entry(each, name)) };
    return [
      fieldOf({ schema: property, place: inner, required: schema.required?.includes(name) ?? false }),
      ...walk(property, inner),
    ];
  });
  const values = schema.additionalProperties;
  if (typeof values === 'object') {
    const samples = place.samples.flatMap((each) => (isRecord(each) ? Object.values(each) : []));
    return [...properties, ...walk(values, { steps: [...place.steps, ANY_KEY], samples })];
  }
  if (schema.items && !Array.isArray(schema.items)) {
    const samples = place.samples.flatMap((each) => (Array.isArray(each) ? each : []));
    return [...properties, ...walk(schema.items as JsonSchema, { steps: [...place.steps, ANY_ITEM], samples })];
  }
  return properties;
}

function fieldOf({ schema, place, required }: { schema: JsonSchema; place: Place; required: boolean }): Field {
  const shown = place.samples.filter((sample) => !isEmpty(sample));
  const example =
    shown.find((sample) => sample !== schema.default) ??
    place.samples.find((sample) => sample !== null) ??
    schema.examples?.[0];
  return {
    name: place.steps.join('.').replaceAll(`.${ANY_ITEM}`, ANY_ITEM),
    type: describeSchema(schema),
    presence: schema.default !== undefined ? JSON.stringify(schema.default) : required ? 'required' : 'optional',
    description: schema.description ?? '',
    // What has keys of its own is shown by their examples.
    example: example === undefined || hasKeys(schema) ? '' : inlineYaml(example),
  };
}

function hasKeys(schema: JsonSchema): boolean {
  const items = schema.items as JsonSchema | undefined;
  const values = schema.additionalProperties;
  return [schema, items, typeof values === 'object' ? values : undefined].some(
    (each) => each?.properties !== undefined,
  );
}

function entry(value: unknown, key: string): unknown[] {
  return isRecord(value) && Object.hasOwn(value, key) ? [value[key]] : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
}
