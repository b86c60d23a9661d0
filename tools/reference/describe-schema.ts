import { describeTypes, FORMS, type JsonSchema } from '@signalbox/contracts';

/** The type and the bounds of a value in a few words. */
export function describeSchema(schema: JsonSchema): string {
  if (schema.const !== undefined) return `always ${schema.const}`;
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  const or = Array.isArray(schema.type) && schema.type.includes('null') ? ' or null' : '';
  if (schema.pattern !== undefined) return `${shortForm(schema.pattern)}${or}`;
  if (schema.items) return describeList(schema);
  if (typeof schema.additionalProperties === 'object') {
    const inner = schema.additionalProperties;
    return `a mapping of names to ${inner.properties ? 'mappings' : describeSchema(inner)}`;
  }
  return `${describeTypes(schema.type ?? 'object')}${describeBounds(schema)}`;
}

/** `a duration`: the form itself is on the index page. */
function shortForm(pattern: string): string {
  return FORMS[pattern]!.expected.split(/ \(|, /)[0]!;
}

function describeList({ items, minItems, maxItems }: JsonSchema): string {
  if (Array.isArray(items)) return `a list of ${items.length}: ${items.map(describeSchema).join(', ')}`;
  const least = minItems === undefined ? '' : `, at least ${minItems}`;
  const most = maxItems === undefined ? '' : `, at most ${maxItems}`;
  const inner = items as JsonSchema;
  return `a list of ${inner.properties ? 'mappings' : describeSchema(inner)}${least}${most}`.replace(
    'list of a ',
    'list: each a ',
  );
}

function describeBounds(schema: JsonSchema): string {
  const bounds = [
    schema.minimum === undefined ? '' : `at least ${schema.minimum}`,
    schema.exclusiveMinimum === undefined ? '' : `above ${schema.exclusiveMinimum}`,
    schema.maximum === undefined ? '' : `at most ${schema.maximum}`,
    schema.exclusiveMaximum === undefined ? '' : `below ${schema.exclusiveMaximum}`,
    schema.minProperties === undefined ? '' : `at least ${schema.minProperties} entry`,
  ].filter((bound) => bound !== '');
  return bounds.length === 0 ? '' : `, ${bounds.join(', ')}`;
}

/** A value as YAML on one line, the way that people write it. */
export function inlineYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inlineYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${inlineYaml(inner)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  if (typeof value === 'string')
    return /^[\w$./*-][\w $./*()>=-]*$/.test(value) && Number.isNaN(Number(value)) ? value : JSON.stringify(value);
  return String(value);
}
