import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { sampleRepository } from '../../tests/support/sample-repository.js';
import { DOCUMENTS, MACHINE_DOCUMENTS } from '../documents/registry.js';
import { placeOf } from '../workspace/document-path.js';
import { editorSchema } from './editor-schema.js';
import { ECHOES, EXPLAINED_KEYWORDS } from './explain.js';
import { FORMS } from './forms.js';
import type { JsonSchema } from './json-schema.js';
import { type AnyDocumentKind, documentSchema, validateValue } from './validate-value.js';
import { parseYaml } from './yaml.js';

const KINDS = [...Object.keys(DOCUMENTS), ...Object.keys(MACHINE_DOCUMENTS)] as AnyDocumentKind[];

function nodesOf(schema: JsonSchema): JsonSchema[] {
  const items = (Array.isArray(schema.items) ? schema.items : [schema.items]) as (JsonSchema | undefined)[];
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...items,
    values,
    schema.propertyNames,
    ...(schema.anyOf ?? []),
  ];
  return [schema, ...inner.filter((node) => node !== undefined).flatMap(nodesOf)];
}

function samplesOf(kind: AnyDocumentKind): unknown[] {
  return [...sampleRepository()]
    .filter(([path]) => {
      const placement = placeOf(path);
      return placement.is === 'document' ? placement.kind === kind : path === `${kind}.json`;
    })
    .map(([path, text]) => parseYaml(path, text).tree!.value);
}

describe.each(KINDS)('the schema of a %s', (kind) => {
  const nodes = nodesOf(documentSchema(kind));

  it('closes every object, so that an unknown key is always found', () => {
    const objects = nodes.filter((node) => node.type === 'object' || node.properties !== undefined);
    expect(objects.length).toBeGreaterThan(0);
    for (const node of objects) {
      expect(node.additionalProperties === false || typeof node.additionalProperties === 'object').toBe(true);
    }
  });

  it('uses only patterns that have words, and examples that fit them', () => {
    for (const { pattern } of nodes) {
      if (pattern === undefined) continue;
      expect(Object.keys(FORMS)).toContain(pattern);
      expect(FORMS[pattern]!.example).toMatch(new RegExp(pattern));
    }
  });

  it('uses only keywords whose errors can be explained', () => {
    const annotations = ['title', 'description', 'default', 'examples', 'properties', 'items', 'anyOf'];
    const known = new Set([...EXPLAINED_KEYWORDS, ...ECHOES, ...annotations]);
    expect(nodes.flatMap((node) => Object.keys(node)).filter((keyword) => !known.has(keyword))).toEqual([]);
  });

  it('accepts its samples, in the pipeline and in editors', () => {
    const samples = samplesOf(kind);
    expect(samples.length).toBeGreaterThan(0);
    const inEditor = new Ajv({ strict: true, allowUnionTypes: true }).compile(editorSchema(kind) as object);
    for (const sample of samples) {
      expect(inEditor(sample), JSON.stringify(inEditor.errors)).toBe(true);
      expect(validateValue(kind, sample)).toEqual({ problems: [], shaped: true });
    }
  });
});

describe('the schema for editors', () => {
  it('does not ask for a key that has a default, as the pipeline does not', () => {
    const { required } = editorSchema('environment') as JsonSchema;
    expect(required).toEqual(['description', 'policy', 'stores']);
    expect(documentSchema('environment').required).toContain('minPods');
  });
});
