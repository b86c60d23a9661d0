import { type Operation, type Schema, schemaOf } from '../openapi/description.js';

type Fields = Readonly<Record<string, unknown>>;

const BY_FORMAT: Readonly<Record<string, string>> = {
  uri: 'https://github.example/something',
  'date-time': '2001-01-01T00:00:00Z',
  email: 'somebody@example.com',
};

/** The smallest value that a schema allows, with `fields` laid over it: GitHub's answers have some sixty fields of which we mean five. */
export function sample(schema: Schema, fields: unknown = undefined): unknown {
  const { allOf, anyOf, oneOf, properties = {}, required = [], ...own } = schemaOf(schema);
  if (own.enum) return fields ?? own.enum[0];
  const choice = anyOf ?? oneOf;
  if (choice && !required.length && own.type === undefined) return sample(choice[0]!, fields);
  const types = Array.isArray(own.type) ? (own.type as readonly string[]) : [own.type];
  if (fields === null || (fields === undefined && types.includes('null'))) return null;
  if (Array.isArray(fields)) return own.items ? fields.map((one) => sample(own.items!, one)) : fields;
  if (types.includes('array')) return own.minItems ? [sample(own.items!)] : [];
  if (types.includes('object') || allOf || Object.keys(properties).length > 0) {
    const base = (allOf ?? []).map((one) => sample(one) as Fields);
    const given = (fields ?? {}) as Fields;
    const names = new Set([...required, ...Object.keys(given)]);
    const made = [...names].map((name) => [
      name,
      properties[name] ? sample(properties[name], given[name]) : given[name],
    ]);
    return Object.assign({}, ...base, Object.fromEntries(made.filter(([, value]) => value !== undefined)));
  }
  if (fields !== undefined) return fields;
  if (types.includes('string')) return BY_FORMAT[own.format ?? ''] ?? 'text';
  if (types.includes('boolean')) return false;
  return types.includes('integer') || types.includes('number') ? 1 : {};
}

/** What an operation answers, as it is described. */
export function answerOf({ answers }: Operation, status: number, fields?: unknown): unknown {
  const schema = answers[status];
  return schema ? sample(schema, fields) : undefined;
}
