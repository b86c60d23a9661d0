import type { Finding } from '../../errors/finding.js';
import { type CompiledEntity, checkExpression, segmentVariables, type Variables } from '../../features/index.js';
import { findingAt } from '../document-set.js';
import type { CheckContext, ReadableFile } from './check.js';

type ModelFile = ReadableFile<'model'>;

/** Segments are told by what callers send, before any feature is read: keys of entities and request inputs. */
export function* checkSegments(file: ModelFile, context: CheckContext): Iterable<Finding> {
  const segments = file.document.serving.segments ?? [];
  const variables = segments.length === 0 ? null : sentVariables(file, context);
  const names = segments.map(({ name }) => name);
  for (const [at, { name, where }] of segments.entries()) {
    const path = ['serving', 'segments', at];
    if (names.indexOf(name) !== at) {
      const message = `the segment "${name}" is listed twice`;
      yield findingAt(file, [...path, 'name'], { code: 'rule/conflict', message, hint: 'Rename one.' });
    }
    const check = variables === null ? null : checkExpression(where, variables, ['bool']);
    if (check === null || check.ok) continue;
    const { hint, message, start } = check.problem;
    yield findingAt(file, [...path, 'where'], {
      code: 'definition/invalid',
      message: `${message} (at character ${start + 1})`,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** What a request to the model carries; null while one of its views or entities has errors. */
function sentVariables(file: ModelFile, { documents, featuresOf }: CheckContext): Variables | null {
  const names = new Set(file.document.features.map((reference) => reference.split('.')[0]!));
  const entities = new Map<string, CompiledEntity>();
  const inputs: { name: string; type: 'int' | 'double' | 'string' | 'bool' }[] = [];
  for (const name of names) {
    const view = documents['feature-view'].get(name)?.document;
    if (!view || featuresOf(name) === null) return null;
    if (view.kind === 'request') {
      for (const [input, { type }] of Object.entries(view.inputs)) inputs.push({ name: input, type });
      continue;
    }
    const entity = documents.entity.get(view.entity)?.document;
    if (!entity) return null;
    entities.set(view.entity, { name: view.entity, keys: entity.keys });
  }
  return segmentVariables({ entities: [...entities.values()], inputs });
}

/** An environment that has cost classes must know the one of each model that it runs. */
export function* checkCostClass(file: ModelFile, { documents }: CheckContext): Iterable<Finding> {
  const { costClass } = file.document.serving;
  if (costClass === undefined) return;
  for (const [name, environment] of documents.environment) {
    const classes = environment.document?.costClasses;
    if (classes === undefined || !documents.release.has(`${name}/${file.parts[0]}`)) continue;
    if (Object.hasOwn(classes, costClass)) continue;
    yield findingAt(file, ['serving', 'costClass'], {
      code: 'reference/unknown',
      message: `the environment "${name}", which releases this model, has no cost class "${costClass}"`,
      hint: `Its classes: ${Object.keys(classes).sort().join(', ') || 'none'}. Add it to ${environment.file}, or choose another.`,
    });
  }
}
