import type { RequestView } from '../../documents/feature-view.js';
import type { ColumnType } from '../../documents/source.js';
import type { Finding } from '../../errors/finding.js';
import { suggest } from '../../errors/nearest.js';
import type { FieldPath } from '../../parsing/field-path.js';
import { findingAt } from '../document-set.js';
import { type CheckContext, checkReference, type ReadableFile } from './check.js';

type ModelFile = ReadableFile<'model'>;
type InputType = RequestView['inputs'][string]['type'];

/** Which column types can stand for an input; whole numbers are numbers, and a timestamp is whole microseconds. */
const COLUMNS_FOR: Readonly<Record<InputType, readonly ColumnType[]>> = {
  int: ['int', 'timestamp'],
  double: ['double', 'int'],
  string: ['string'],
  bool: ['bool'],
};

/** A label row must name every entity and every request input that the features of the model ask for. */
export function* checkLabelColumns(file: ModelFile, context: CheckContext): Iterable<Finding> {
  yield* checkEntities(file, context);
  yield* checkRequest(file, context);
}

function viewsOf(file: ModelFile, context: CheckContext) {
  const names = new Set(file.document.features.map((reference) => reference.split('.')[0]!));
  return [...names].flatMap((name) => {
    const view = context.documents['feature-view'].get(name)?.document;
    return view ? [{ name, view }] : [];
  });
}

function* checkEntities(file: ModelFile, context: CheckContext): Iterable<Finding> {
  const { entities } = file.document.label;
  for (const [name, columns] of Object.entries(entities)) {
    const path = ['label', 'entities', name];
    yield* checkReference(file, path, { kind: 'entity', name, set: context.documents, atKey: true });
    const entity = context.documents.entity.get(name)?.document;
    if (!entity) continue;
    const keys = entity.keys.map((key) => key.name);
    for (const key of Object.keys(columns).filter((each) => !keys.includes(each))) {
      const message = `the entity "${name}" has no key "${key}"`;
      yield findingAt(file, [...path, key], {
        code: 'reference/unknown',
        message,
        hint: suggest(key, keys, 'key'),
        atKey: true,
      });
    }
    for (const key of entity.keys) {
      const column = columns[key.name];
      if (column === undefined) {
        const hint = `Add "${key.name}: <column>".`;
        yield findingAt(file, path, {
          code: 'schema/missing-key',
          message: `no column for the key "${key.name}" of "${name}"`,
          hint,
        });
      } else yield* checkColumn(file, [...path, key.name], { column, allowed: [key.type], context });
    }
  }
  for (const { name, view } of viewsOf(file, context)) {
    if (view.kind !== 'aggregate' || Object.hasOwn(entities, view.entity)) continue;
    yield findingAt(file, ['label', 'entities'], {
      code: 'schema/missing-key',
      message: `the feature view "${name}" needs the entity "${view.entity}", which the label does not map to columns`,
      hint: `Add "${view.entity}: {<key>: <column>}" to label.entities.`,
    });
  }
}

function* checkRequest(file: ModelFile, context: CheckContext): Iterable<Finding> {
  const request = file.document.label.request ?? {};
  const asked = new Map<string, { readonly type: InputType; readonly view: string }>();
  for (const { name: viewName, view } of viewsOf(file, context)) {
    for (const [input, { type }] of Object.entries(view.kind === 'request' ? view.inputs : {})) {
      const before = asked.get(input);
      if (before && before.type !== type) {
        yield findingAt(file, ['features'], {
          code: 'rule/conflict',
          message: `"${before.view}" asks for the request input "${input}" as ${before.type}, "${viewName}" as ${type}`,
          hint: 'Give both views the same type, or the input another name.',
        });
      }
      asked.set(input, { type, view: viewName });
    }
  }
  for (const [input, { type, view }] of asked) {
    const column = request[input];
    if (column !== undefined) {
      yield* checkColumn(file, ['label', 'request', input], { column, allowed: COLUMNS_FOR[type], context });
      continue;
    }
    yield findingAt(file, ['label', 'request'], {
      code: 'schema/missing-key',
      message: `the feature view "${view}" needs the request input "${input}", for which the label names no column`,
      hint: `Add "${input}: <column>" to label.request.`,
    });
  }
  for (const input of Object.keys(request).filter((each) => !asked.has(each) && asked.size > 0)) {
    yield findingAt(file, ['label', 'request', input], {
      code: 'rule/suspicious',
      severity: 'warning',
      message: `no feature of this model asks for the request input "${input}"`,
      hint: suggest(input, [...asked.keys()], 'input'),
      atKey: true,
    });
  }
}

function* checkColumn(
  file: ModelFile,
  path: FieldPath,
  ask: { readonly column: string; readonly allowed: readonly ColumnType[]; readonly context: CheckContext },
): Iterable<Finding> {
  const name = file.document.label.source;
  const source = ask.context.documents.source.get(name)?.document;
  if (!source) return;
  const column = source.columns[ask.column];
  if (column === undefined) {
    const hint = suggest(ask.column, Object.keys(source.columns), 'column');
    const message = `the source "${name}" has no column "${ask.column}"`;
    yield findingAt(file, path, { code: 'reference/unknown', message, hint });
  } else if (!ask.allowed.includes(column.type)) {
    const message = `expected a column of type ${ask.allowed.join(' or ')}; "${ask.column}" is of type ${column.type}`;
    yield findingAt(file, path, { code: 'rule/conflict', message, hint: 'Name another column, or change the type.' });
  }
}
