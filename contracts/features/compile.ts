import { digestJson } from '../canonical/canonical.js';
import type { FeatureView } from '../documents/feature-view.js';
import { SignalboxError } from '../errors/signalbox-error.js';
import type { Workspace } from '../workspace/workspace.js';
import { aggregateProblems, compileAggregateDocument } from './compile-aggregate.js';
import { compileRequestDocument, requestProblems } from './compile-request.js';
import { compileSourceDocument, sourceProblems } from './compile-source.js';
import type { CompiledSource, CompiledView, FeatureBundle } from './compiled.js';
import { assertNoProblems } from './definition-problem.js';

type Definitions = Pick<Workspace, 'sources' | 'entities' | 'views'>;

function find<T>(documents: ReadonlyMap<string, T>, what: string, name: string): T {
  const document = documents.get(name);
  if (document) return document;
  const known = [...documents.keys()].sort().join(', ');
  throw new SignalboxError('input/unknown-reference', `there is no ${what} '${name}'`, {
    hint: known ? `There are: ${known}.` : `No ${what} is defined here.`,
  });
}

/** The semantics of a source. Throws `input/unknown-reference`, `input/invalid-documents`. */
export function compileSource(definitions: Pick<Workspace, 'sources'>, name: string): CompiledSource {
  const source = find(definitions.sources, 'source', name);
  assertNoProblems(`features/sources/${name}.yaml`, sourceProblems(source));
  return compileSourceDocument(name, source);
}

/** A view as both paths execute it. Throws `input/unknown-reference`, `input/invalid-documents`. */
export function compileView(definitions: Definitions, name: string): CompiledView {
  const view: FeatureView = find(definitions.views, 'feature view', name);
  const file = `features/views/${name}.yaml`;
  if (view.kind === 'request') {
    assertNoProblems(file, requestProblems(view));
    return compileRequestDocument(name, view);
  }
  compileSource(definitions, view.source);
  const source = find(definitions.sources, 'source', view.source);
  const context = { name, source, entity: find(definitions.entities, 'entity', view.entity) };
  assertNoProblems(file, aggregateProblems(view, context));
  return compileAggregateDocument(view, context);
}

/**
 * The definitions that a model uses, in the order of its input: a view stands for all its features in their order, `view.feature` for one.
 * Throws `input/unknown-reference`, `input/invalid-documents`.
 */
export function compileBundle(
  workspace: Definitions & Pick<Workspace, 'models'>,
  modelName: string,
): { readonly bundle: FeatureBundle; readonly digest: string } {
  const model = find(workspace.models, 'model', modelName);
  const views = new Map<string, CompiledView>();
  const order = model.features.flatMap((reference) => {
    const [name, feature] = reference.split('.') as [string, string | undefined];
    const view = views.get(name) ?? compileView(workspace, name);
    views.set(name, view);
    const names = view.features.map((each) => each.name);
    if (feature === undefined) return names.map((each) => `${name}.${each}`);
    if (names.includes(feature)) return [reference];
    throw new SignalboxError('input/unknown-reference', `the feature view '${name}' has no feature '${feature}'`, {
      hint: `It has: ${names.join(', ')}.`,
    });
  });
  const repeated = order.find((name, index) => order.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new SignalboxError(
      'input/invalid-documents',
      `models/${modelName}/model.yaml: the feature '${repeated}' is listed twice`,
      {
        hint: 'List a view, or single features of it, not both.',
      },
    );
  }
  const bundle: FeatureBundle = { schema: 'signalbox/feature-bundle/1', views: [...views.values()], order };
  return { bundle, digest: digestJson(bundle) };
}
