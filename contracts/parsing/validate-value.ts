import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { DOCUMENTS, type DocumentKind, MACHINE_DOCUMENTS, type MachineDocumentKind } from '../documents/registry.js';
import { suggest } from '../errors/nearest.js';
import { describeValue } from './describe-value.js';
import { type Explanation, explain, meantKey } from './explain.js';
import { type FieldPath, pathOfPointer } from './field-path.js';
import { FORMS, formProblem } from './forms.js';
import { type JsonSchema, normalise } from './json-schema.js';

export type AnyDocumentKind = DocumentKind | MachineDocumentKind;

/** Something wrong at a path inside a value. */
export interface Problem extends Explanation {
  readonly path: FieldPath;
}

/** Of one document, ten times what is shown. Each has to be looked up in its text, and a file of 256 KiB can hold twenty thousand: minutes. */
const MAX_PROBLEMS = 200;

const AND_MORE: Problem = {
  ...{ code: 'schema/too-many', message: 'there is more that is wrong with this document', path: [] },
  hint: `The first ${MAX_PROBLEMS} are told: mend them, and the next are.`,
};

const schemas = new Map<AnyDocumentKind, JsonSchema>();
const validators = new Map<string, ValidateFunction>();
let engine: Ajv | null = null;

/** The schema of a document in normal form. */
export function documentSchema(kind: AnyDocumentKind): JsonSchema {
  let schema = schemas.get(kind);
  if (!schema) {
    schema = normalise({ ...DOCUMENTS, ...MACHINE_DOCUMENTS }[kind].schema);
    schemas.set(kind, schema);
  }
  return schema;
}

export interface Validation {
  /** None means that the value is a `DocumentOf<kind>`. */
  readonly problems: readonly Problem[];
  /** Whether every key that a check reads is there, with a value of its type: other keys, and the form of values, may be wrong. */
  readonly shaped: boolean;
}

/** Checks a JSON value against the schema of a document and fills in defaults, in place. Answers all problems, up to 200. */
export function validateValue(kind: AnyDocumentKind, value: unknown): Validation {
  const schema = documentSchema(kind);
  if (!schema.anyOf) return runValidator(kind, schema, value);
  const chosen = chooseBranch(schema.anyOf, value);
  if ('problem' in chosen) return { problems: [chosen.problem], shaped: false };
  return runValidator(`${kind}/${chosen.kind}`, chosen.branch, value);
}

/** The one branch of a union of kinds that the value names: only that one's errors help. */
function chooseBranch(
  branches: readonly JsonSchema[],
  value: unknown,
): { readonly kind: string; readonly branch: JsonSchema } | { readonly problem: Problem } {
  const kinds = branches.map((branch) => branch.properties!.kind!.const as string);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const message = `expected a mapping of keys and values, got ${describeValue(value)}`;
    return { problem: { code: 'schema/wrong-type', message, path: [] } };
  }
  const named = (value as { readonly kind?: unknown }).kind;
  const at = kinds.indexOf(named as string);
  if (at >= 0) return { kind: kinds[at]!, branch: branches[at]! };
  if (named === undefined) {
    const hint = `Add "kind: ${kinds.join('" or "kind: ')}".`;
    return { problem: { code: 'schema/missing-key', message: 'the key "kind" is missing', hint, path: [] } };
  }
  const message = `expected one of ${kinds.join(', ')}; got ${describeValue(named)}`;
  const hint = typeof named === 'string' ? suggest(named, kinds, 'kind') : `Write "kind: ${kinds[0]}".`;
  return { problem: { code: 'schema/wrong-type', message, hint, path: ['kind'] } };
}

function runValidator(id: string, schema: JsonSchema, value: unknown): Validation {
  engine ??= makeEngine();
  let validator = validators.get(id);
  if (!validator) {
    validator = engine.compile(tighten(schema));
    validators.set(id, validator);
  }
  const errors = validator(value) ? [] : (validator.errors ?? []);
  const shaped = errors.every((error) => !breaksShape(error));
  return { problems: explainAll(errors, value), shaped };
}

/** Keys that are for people: no check reads them, so that a model without an owner is still checked for everything else. */
const FOR_PEOPLE: ReadonlySet<string> = new Set(['description', 'owner', 'reason', 'by', 'unit', 'runbook']);

function breaksShape({ keyword, params, instancePath }: ErrorObject): boolean {
  if (keyword === 'required') return !FOR_PEOPLE.has(params.missingProperty as string);
  return keyword === 'type' && !FOR_PEOPLE.has(instancePath.split('/').at(-1)!);
}

function makeEngine(): Ajv {
  const reading = { strict: true, allowUnionTypes: true, allErrors: true, useDefaults: true, verbose: true };
  // That our schemas are right is a test's; asking again took every verb a tenth of its start.
  const ajv = new Ajv({ ...reading, validateSchema: false });
  for (const pattern of Object.keys(FORMS)) {
    ajv.addFormat(pattern, (text: string) => formProblem(pattern, text) === null);
  }
  return ajv;
}

/** Rules that only the checker needs: forms that a pattern cannot say, and whole numbers that JavaScript can hold. */
function tighten(schema: JsonSchema): JsonSchema {
  const map = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(map);
    if (value === null || typeof value !== 'object') return value;
    const node = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, map(inner)]));
    if (typeof node.pattern === 'string' && FORMS[node.pattern]?.parse) node.format = node.pattern;
    if (node.type === 'integer' && node.maximum === undefined) node.maximum = Number.MAX_SAFE_INTEGER;
    return node;
  };
  return map(schema) as JsonSchema;
}

/** One slip, one problem: a value of the wrong type breaks its other rules too, and a mistyped key is missing under its right name. */
function explainAll(errors: readonly ErrorObject[], root: unknown): Problem[] {
  const pointersOf = (keyword: string) =>
    new Set(errors.filter((error) => error.keyword === keyword).map((error) => error.instancePath));
  const wrongType = pointersOf('type');
  const wrongPattern = pointersOf('pattern');
  const mistyped = new Set(
    errors
      .filter((error) => error.keyword === 'additionalProperties')
      .map((error) => `${error.instancePath}/${meantKey(error)}`),
  );
  const problems: Problem[] = [];
  for (const [at, error] of errors.entries()) {
    if (error.keyword !== 'type' && wrongType.has(error.instancePath)) continue;
    if (error.keyword === 'format' && wrongPattern.has(error.instancePath)) continue;
    if (error.keyword === 'required' && mistyped.has(`${error.instancePath}/${error.params.missingProperty}`)) continue;
    const path = pathOfPointer(error.instancePath, root);
    const told = explain(error, path);
    if (!told) continue;
    problems.push({ ...told, path: told.step === undefined ? path : [...path, told.step] });
    if (problems.length === MAX_PROBLEMS) return at === errors.length - 1 ? problems : [...problems, AND_MORE];
  }
  return problems;
}
