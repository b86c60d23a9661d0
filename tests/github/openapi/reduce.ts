import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OPERATIONS } from './operations.js';

/**
 * Makes `github.json`: what GitHub publishes of the operations that we use, without prose and examples, in plain JSON Schema. Run it after an
 * operation was added: `node --import tsx tests/github/openapi/reduce.ts`. It downloads the package that is named here (30 MB) and installs nothing.
 */
const PACKAGE = '@octokit/openapi';
const VERSION = '23.0.2';
const MEMBER = 'package/generated/api.github.com.json';
const TARGET = fileURLToPath(new URL('./github.json', import.meta.url));

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

interface Document {
  readonly info: { readonly license: { readonly name: string } };
  readonly paths: Readonly<Record<string, Readonly<Record<string, PublishedOperation>>>>;
  readonly components: { readonly schemas: JsonObject };
}

interface PublishedOperation {
  readonly operationId?: string;
  readonly parameters?: readonly JsonObject[];
  readonly requestBody?: JsonObject;
  readonly responses: JsonObject;
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-openapi-'));
  try {
    execFileSync('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`], { cwd: folder });
    const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
    execFileSync('tar', ['-xzf', archive, MEMBER], { cwd: folder });
    const reduced = reduce(JSON.parse(readFileSync(join(folder, MEMBER), 'utf8')) as Document);
    writeFileSync(TARGET, `${JSON.stringify(reduced, null, 2)}\n`);
    execFileSync('npx', ['biome', 'format', '--write', TARGET]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function reduce(document: Document) {
  const wanted = new Set<string>(OPERATIONS);
  const operations: Record<string, Json> = {};
  const needed = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const id = operation.operationId;
      if (id === undefined || !wanted.delete(id)) continue;
      operations[id] = plain({ method: method.toUpperCase(), path, ...describe(document, operation) }, needed);
    }
  }
  if (wanted.size > 0) throw new Error(`the description has no operation ${[...wanted].join(', ')}`);
  const schemas: Record<string, Json> = {};
  // A schema may need others, so the set grows while it is walked.
  for (const name of needed) schemas[name] = plain(document.components.schemas[name]!, needed);
  const source = { package: PACKAGE, version: VERSION, licence: document.info.license.name, file: MEMBER };
  return { source, operations: sorted(operations), schemas: sorted(schemas) };
}

function describe(document: Document, { parameters = [], requestBody, responses }: PublishedOperation): JsonObject {
  const at = (value: Json | undefined): JsonObject => {
    const pointer = (value as JsonObject | undefined)?.$ref as string | undefined;
    if (pointer === undefined) return (value ?? {}) as JsonObject;
    return pointer
      .slice(2)
      .split('/')
      .reduce((found, key) => (found as JsonObject)[key]!, document as unknown as Json) as JsonObject;
  };
  const schemaOf = (holder: JsonObject): Json =>
    ((at(holder.content)?.['application/json'] as JsonObject | undefined)?.schema ?? null) as Json;
  return {
    parameters: parameters.map(at).map(({ name, in: place, required, schema }) => ({
      ...{ name: name!, in: place!, required: required ?? false },
      schema: schema!,
    })),
    body: requestBody === undefined ? null : { required: requestBody.required ?? false, schema: schemaOf(requestBody) },
    answers: Object.fromEntries(Object.entries(responses).map(([status, answer]) => [status, schemaOf(at(answer))])),
  };
}

const PROSE = new Set(['description', 'example', 'examples', 'externalDocs', 'summary', 'title', 'deprecated']);

/** Without prose; references into `schemas`; `nullable`, which JSON Schema does not know, said in its own words. */
function plain(value: Json, needed: Set<string>): Json {
  if (Array.isArray(value)) return value.map((one) => plain(one as Json, needed));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value as JsonObject).filter(([key, held]) => !isProse(key, held) && key !== 'nullable');
  const result: Record<string, Json> = Object.fromEntries(
    kept.map(([key, held]) => [key, key === 'properties' ? eachOf(held as JsonObject, needed) : plain(held, needed)]),
  );
  if (typeof result.$ref === 'string') {
    const name = result.$ref.replace('#/components/schemas/', '');
    needed.add(name);
    result.$ref = `#/schemas/${name}`;
  }
  return (value as JsonObject).nullable === true ? orNull(result) : result;
}

/** A property may be called `title` or `description`; a keyword of that name holds text. */
function isProse(key: string, held: Json): boolean {
  return (
    key.startsWith('x-') ||
    (PROSE.has(key) && (typeof held !== 'object' || key.startsWith('example') || key === 'externalDocs'))
  );
}

function eachOf(properties: JsonObject, needed: Set<string>): JsonObject {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, plain(schema, needed)]));
}

function orNull(schema: Record<string, Json>): Json {
  if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const values = schema.enum as readonly Json[] | undefined;
  return { ...schema, type: [schema.type, 'null'], ...(values && { enum: [...new Set([...values, null])] }) };
}

function sorted(record: Record<string, Json>): JsonObject {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

main();
