import type { TSchema } from '@sinclair/typebox';

/** The part of JSON Schema (draft 7) that our documents use, in one normal form. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly minProperties?: number;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly additionalItems?: boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  /** Only at the root of a document that comes in kinds: each branch has a constant `kind`. */
  readonly anyOf?: readonly JsonSchema[];
}

type Raw = Record<string, unknown>;

/** Keys that say nothing about what a value must look like beyond its type. */
const PLAIN_KEYS = new Set(['type', 'title', 'description']);

/**
 * A TypeBox schema in normal form, so that one failed value gives one error that can be said in plain words:
 * a union of constants is an `enum`; a union of types is one schema with a list of types; a record has `propertyNames` and
 * `additionalProperties` (TypeBox would let keys through that do not fit the pattern); every object is closed.
 * A union of objects that are told apart by `kind` stays; any other union is refused, since its errors would be unreadable.
 */
export function normalise(schema: TSchema): JsonSchema {
  const { $id: _, ...rest } = schema as Raw;
  return normaliseNode(rest) as JsonSchema;
}

function normaliseNode(node: Raw): Raw {
  if (Array.isArray(node.anyOf)) return normaliseUnion(node, node.anyOf.map(normaliseNode));
  if (node.patternProperties) return normaliseRecord(node);
  if (node.const !== undefined) return { ...node };
  if (node.properties) return normaliseObject(node);
  if (Array.isArray(node.items)) return { ...node, items: node.items.map(normaliseNode) };
  if (node.items) return { ...node, items: normaliseNode(node.items as Raw) };
  return { ...node };
}

function normaliseObject(node: Raw): Raw {
  const properties = Object.entries(node.properties as Record<string, Raw>);
  return {
    additionalProperties: false,
    ...node,
    properties: Object.fromEntries(properties.map(([name, value]) => [name, normaliseNode(value)])),
  };
}

function normaliseRecord(node: Raw): Raw {
  const { patternProperties, ...rest } = node;
  const [pattern, value] = Object.entries(patternProperties as Record<string, Raw>)[0]!;
  const names = pattern === '^(.*)$' ? { minLength: 1 } : { pattern };
  return { ...rest, propertyNames: { type: 'string', ...names }, additionalProperties: normaliseNode(value) };
}

function normaliseUnion(node: Raw, branches: readonly Raw[]): Raw {
  const { anyOf: _, ...rest } = node;
  if (branches.every((branch) => branch.const !== undefined)) {
    return { ...rest, type: branches[0]!.type, enum: branches.map((branch) => branch.const) };
  }
  if (branches.every((branch) => isObjectWithKind(branch))) return { ...rest, anyOf: branches };
  const structured = branches.filter((branch) => Object.keys(branch).some((key) => !PLAIN_KEYS.has(key)));
  if (structured.length > 1) throw new TypeError(`a union of two structured schemas: ${JSON.stringify(node)}`);
  return { ...structured[0], ...rest, type: branches.flatMap((branch) => branch.type as string | string[]) };
}

function isObjectWithKind(branch: Raw): boolean {
  return (branch.properties as Record<string, Raw> | undefined)?.kind?.const !== undefined;
}
