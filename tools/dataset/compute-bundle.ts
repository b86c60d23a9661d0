import type { CompiledAggregateView, FeatureBundle } from '@signalbox/contracts';
import type { DuckDb } from '../duckdb/index.js';
import { computeView, type PlanKind } from './compute-view.js';
import { requestViewSql } from './label-rows.js';

/** Where the values of a bundle come from; the table `requests` (rid, at_us, …) is there already. */
export interface BundleInputs {
  /** A relation with the events of a source. */
  readonly eventsOf: (source: string) => string;
  /** The columns of `requests` that hold the keys of an entity, in key order. */
  readonly keysOf: (entity: CompiledAggregateView['entity']) => readonly string[];
  /** The column of `requests` that holds a request input. */
  readonly columnOf: (input: string) => string;
  readonly plan?: PlanKind;
  readonly extraColumns?: { readonly events: readonly string[]; readonly requests: readonly string[] };
  readonly visible?: (view: CompiledAggregateView) => string;
}

/** Computes every feature of a bundle's order; answers the table of each view, to be joined to `requests` by `rid`. */
export async function computeBundle(
  database: DuckDb,
  bundle: FeatureBundle,
  inputs: BundleInputs,
): Promise<readonly string[]> {
  const tables: string[] = [];
  for (const [index, view] of bundle.views.entries()) {
    const prefix = `${view.name}.`;
    const wanted = new Set(
      bundle.order.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
    );
    if (wanted.size === 0) continue;
    const output = `values_${index}`;
    if (view.kind === 'request')
      await database.run(requestViewSql(view, output, { columnOf: inputs.columnOf, wanted }));
    else {
      await computeView(database, {
        view,
        wanted,
        output,
        inputs: {
          events: inputs.eventsOf(view.source.name),
          requests: 'requests',
          requestKeys: inputs.keysOf(view.entity),
          ...(inputs.extraColumns === undefined ? {} : { extraColumns: inputs.extraColumns }),
        },
        ...(inputs.plan === undefined ? {} : { plan: inputs.plan }),
        ...(inputs.visible === undefined ? {} : { visible: inputs.visible(view) }),
      });
    }
    tables.push(output);
  }
  return tables;
}

/**
 * A sum of doubles depends on its order, so where a view sums one, a single thread keeps the bytes of a dataset the same in every run. Integers
 * are exact in any order.
 */
export function sumsDoubles(
  bundle: FeatureBundle,
  isDouble: (view: CompiledAggregateView, input: string) => boolean,
): boolean {
  return bundle.views.some(
    (view) =>
      view.kind === 'aggregate' &&
      view.slots.some(({ op, input }) => op === 'sum' && input !== null && isDouble(view, input)),
  );
}
