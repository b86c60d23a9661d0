import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

/** What GitHub publishes of one operation, as `reduce.ts` keeps it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly body: { readonly required: boolean; readonly schema: Schema | null } | null;
  /** By status; null where an answer has no JSON. */
  readonly answers: Readonly<Record<string, Schema | null>>;
}

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Description {
  readonly operations: Readonly<Record<string, Omit<Operation, 'id'>>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

const description = JSON.parse(readFileSync(new URL('./github.json', import.meta.url), 'utf8')) as Description;
export const operations: readonly Operation[] = Object.entries(description.operations).map(([id, one]) => ({
  id,
  ...one,
}));

/** Formats are GitHub's promises about its own data; ours are checked by what is done with them. Query strings hold text only. */
const SETTINGS = { strict: false, validateFormats: false, allErrors: true } as const;
const [exact, coercing] = [new Ajv(SETTINGS), new Ajv({ ...SETTINGS, coerceTypes: true })];
for (const ajv of [exact, coercing]) ajv.addSchema({ ...description, $id: 'github' });
const compiled = new Map<string, ValidateFunction>();

export function schemaOf({ $ref, ...rest }: Schema): Schema {
  return $ref === undefined ? rest : schemaOf(description.schemas[$ref.replace('#/schemas/', '')]!);
}

export function findOperation(method: string, pathname: string) {
  for (const operation of operations) {
    if (operation.method !== method) continue;
    const pattern = operation.path.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const found = new RegExp(`^${pattern}$`).exec(pathname);
    if (!found) continue;
    const values = Object.entries(found.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
    return { operation, path: Object.fromEntries(values) as Record<string, string> };
  }
  return null;
}

export interface Received {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** In what a request is none that GitHub describes, names that it does not know included; it would only ignore those. */
export function problemsOfRequest(operation: Operation, { body, path, query }: Received): readonly string[] {
  const problems: string[] = [];
  const given = { path, query, header: {} as Readonly<Record<string, string>> };
  for (const { in: place, name, required, schema } of operation.parameters) {
    const value = given[place][name];
    if (value === undefined && required && place !== 'header') problems.push(`${place} ${name} is missing`);
    if (value !== undefined) problems.push(...wrong(coercing, `${place} ${name}`, { schema, value: { value } }));
  }
  const known = new Set(operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name));
  for (const name of Object.keys(query)) if (!known.has(name)) problems.push(`query ${name} is not described`);
  const expected = operation.body?.schema ?? null;
  if (body === undefined) return operation.body?.required ? [...problems, 'the body is missing'] : problems;
  if (expected === null) return [...problems, 'a body is not described'];
  return [
    ...problems,
    ...wrong(exact, 'body', { schema: expected, value: { value: body } }),
    ...unknownNames(body, expected, 'body'),
  ];
}

/** The same for an answer. An error that is described nowhere needs to have a message. */
export function problemsOfAnswer({ answers, id }: Operation, status: number, body: unknown): readonly string[] {
  const schema = answers[status];
  if (schema === undefined) {
    const hasMessage = typeof (body as { message?: unknown } | null)?.message === 'string';
    return status >= 400 && hasMessage ? [] : [`${id} has no answer ${status}`];
  }
  if (schema === null) return body === undefined ? [] : [`${id} ${status} has no body`];
  return wrong(exact, `${id} ${status}`, { schema, value: { value: body } });
}

function wrong(ajv: Ajv, where: string, { schema, value }: { schema: Schema; value: { value: unknown } }): string[] {
  const key = `${ajv === exact} ${JSON.stringify(schema)}`;
  const text = JSON.stringify(schema).replaceAll('"#/schemas/', '"github#/schemas/');
  const validate =
    compiled.get(key) ?? ajv.compile({ type: 'object', properties: { value: JSON.parse(text) as object } });
  compiled.set(key, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${where}${instancePath.slice(6)} ${message}`);
}

function unknownNames(value: unknown, schema: Schema, where: string): string[] {
  if (Array.isArray(value)) {
    const items = alternatives(schema).find((one) => one.items)?.items;
    return items ? value.flatMap((one, i) => unknownNames(one, items, `${where}/${i}`)) : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const all = alternatives(schema).filter((one) => isMeant(one, value));
  const isOpen = all.some((one) => one.additionalProperties || (one.type === 'object' && !one.properties));
  return Object.entries(value).flatMap(([name, held]) => {
    const described = all.flatMap(({ properties }) => properties?.[name] ?? []);
    if (described.length > 0) return unknownNames(held, { anyOf: described }, `${where}/${name}`);
    return isOpen ? [] : [`${where}/${name} is not described`];
  });
}

/** Whether a choice is the one that a value makes: the kinds of a rule differ by their `type` alone. */
function isMeant({ properties = {} }: Schema, value: object): boolean {
  const given = new Map<string, unknown>(Object.entries(value));
  return Object.entries(properties).every(([name, property]) => {
    const allowed = schemaOf(property).enum;
    return allowed === undefined || !given.has(name) || allowed.includes(given.get(name));
  });
}

/** A schema and everything that it combines. */
function alternatives(schema: Schema): Schema[] {
  const own = schemaOf(schema);
  return [own, ...[own.allOf, own.anyOf, own.oneOf].flatMap((some) => (some ?? []).flatMap(alternatives))];
}
