import type { AggregateView, RequestView } from '../../documents/feature-view.js';
import type { Finding } from '../../errors/finding.js';
import { aggregateProblems, requestProblems } from '../../features/index.js';
import { findingAt } from '../document-set.js';
import {
  type Check,
  type CheckContext,
  checkBounds,
  checkReference,
  definitionFindings,
  type ReadableFile,
} from './check.js';

export const checkFeatureView: Check<'feature-view'> = function* (file, context) {
  if (file.document.kind === 'request') yield* checkRequestView(file, file.document);
  else yield* checkAggregateView(file, file.document, context);
};

function* checkAggregateView(
  file: ReadableFile<'feature-view'>,
  view: AggregateView,
  { documents }: CheckContext,
): Iterable<Finding> {
  yield* checkReference(file, ['entity'], { kind: 'entity', name: view.entity, set: documents });
  yield* checkReference(file, ['source'], { kind: 'source', name: view.source, set: documents });
  const source = documents.source.get(view.source)?.document;
  const entity = documents.entity.get(view.entity)?.document;
  if (!source || !entity) return;
  yield* definitionFindings(file, aggregateProblems(view, { name: file.parts[0]!, source, entity }));
}

function* checkRequestView(file: ReadableFile<'feature-view'>, view: RequestView): Iterable<Finding> {
  yield* definitionFindings(file, requestProblems(view));
  for (const [name, { type, min, max }] of Object.entries(view.inputs)) {
    const path = ['inputs', name];
    yield* checkBounds(file, path, { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) });
    if (type === 'int' || type === 'double' || (min === undefined && max === undefined)) continue;
    yield findingAt(file, path, {
      code: 'rule/conflict',
      message: `"min" and "max" are for inputs of type int or double; "${name}" is of type ${type}`,
      hint: 'Remove them.',
    });
  }
}
