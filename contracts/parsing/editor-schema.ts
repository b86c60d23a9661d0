import type { JsonSchema } from './json-schema.js';
import { type AnyDocumentKind, documentSchema } from './validate-value.js';

/** The JSON Schema that editors use while someone writes: a key with a default need not be written. */
export function editorSchema(kind: AnyDocumentKind): unknown {
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...(relax(documentSchema(kind)) as JsonSchema) };
}

function relax(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relax);
  if (typeof value !== 'object' || value === null) return value;
  const { required, ...rest } = value as JsonSchema;
  const relaxed = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, relax(inner)]));
  if (!Array.isArray(required)) return required === undefined ? relaxed : { ...relaxed, required: relax(required) };
  const asked = required.filter((name: string) => rest.properties?.[name]?.default === undefined);
  return asked.length === 0 ? relaxed : { ...relaxed, required: asked };
}
