import {
  type CompiledAggregateView,
  type CompiledRequestView,
  compileExpression,
  type Evaluator,
  type FeatureBundle,
  requestVariables,
  SignalboxError,
} from '@signalbox/contracts';
import { type FoldPlan, planFold } from './fold-windows.js';
import { layoutOfView, type ViewLayout } from './view-layout.js';

/** One look-up: a view, and which of its features go where in the vector. */
export interface AggregateRead {
  readonly layout: ViewLayout;
  readonly fold: FoldPlan;
  readonly positions: readonly number[];
}

/** A bundle, compiled for reading. */
export interface BundlePlan {
  readonly order: readonly string[];
  readonly positions: ReadonlyMap<string, number>;
  readonly reads: readonly AggregateRead[];
  /** For each position, the index in `reads` of the view that fills it; -1 for request features. */
  readonly viewAt: Int32Array;
  readonly computed: readonly { readonly position: number; readonly evaluate: Evaluator }[];
  readonly entities: readonly CompiledAggregateView['entity'][];
  readonly inputs: CompiledRequestView['inputs'];
}

/** Errors: `input/unknown-reference` for a name in `order` that no view has; `input/invalid-documents` for a view that cannot be served. */
export function compileBundlePlan(bundle: FeatureBundle): BundlePlan {
  const positions = new Map(bundle.order.map((name, position) => [name, position]));
  const known = new Set(bundle.views.flatMap((view) => view.features.map((feature) => `${view.name}.${feature.name}`)));
  for (const name of bundle.order) if (!known.has(name)) throw unknownFeature(name);
  const positionOf = (view: string, feature: string) => positions.get(`${view}.${feature}`) ?? -1;
  const aggregates = bundle.views.filter((view) => view.kind === 'aggregate');
  const requests = bundle.views.filter((view) => view.kind === 'request');
  const reads = aggregates.map((view) => aggregateRead(view, positionOf)).filter((read) => read.positions.length > 0);
  const viewAt = new Int32Array(bundle.order.length).fill(-1);
  for (const [view, read] of reads.entries()) for (const position of read.positions) viewAt[position] = view;
  return {
    order: bundle.order,
    positions,
    reads,
    viewAt,
    computed: requests.flatMap((view) =>
      view.features
        .map(({ name, expression }) => ({
          position: positionOf(view.name, name),
          evaluate: compileExpression(expression, requestVariables(view.inputs)),
        }))
        .filter(({ position }) => position >= 0),
    ),
    entities: [...new Map(aggregates.map(({ entity }) => [entity.name, entity])).values()],
    inputs: Object.assign({}, ...requests.map((view) => view.inputs)),
  };
}

function aggregateRead(
  view: CompiledAggregateView,
  positionOf: (view: string, feature: string) => number,
): AggregateRead {
  const layout = layoutOfView(view);
  const positions = view.features.map((feature) => positionOf(view.name, feature.name));
  return { layout, fold: planFold(layout, positions), positions: positions.filter((position) => position >= 0) };
}

function unknownFeature(name: string): SignalboxError {
  return new SignalboxError(
    'input/unknown-reference',
    `the feature bundle orders ${name}, which none of its views has`,
  );
}
