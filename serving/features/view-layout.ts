import { type CompiledAggregateView, emptySlots, SignalboxError, type WindowFeature } from '@signalbox/contracts';

/** How a slot of two tiles becomes one: numbers, because this is asked for every slot of every tile of a read. */
export const ADD = 0;
export const MINIMUM = 1;
export const MAXIMUM = 2;

/** One tile length of a view, and how far back its windows look. */
export interface TileLevel {
  readonly hopUs: number;
  readonly longestWindowUs: number;
}

/** How the online value of a view is laid out: which tile lengths it keeps, longest first, and what a row of them holds. */
export interface ViewLayout {
  readonly view: CompiledAggregateView;
  readonly levels: readonly TileLevel[];
  /** One of ADD, MINIMUM, MAXIMUM a slot. */
  readonly ops: Uint8Array;
  readonly empty: Float64Array;
  /** Words a row: when it starts, then its slots. */
  readonly rowWords: number;
}

/**
 * Errors: `input/invalid-documents` for an `exact` view: it would need every raw row of its window online, which is not built yet
 * (docs/ROADMAP.md); offline it works.
 */
export function layoutOfView(view: CompiledAggregateView): ViewLayout {
  if (view.mode === 'exact') throw offlineOnly(view);
  const hops = [...new Set(view.features.map((feature) => feature.hopUs))].sort((a, b) => b - a);
  return {
    view,
    levels: hops.map((hopUs) => ({ hopUs, longestWindowUs: longest(view.features, hopUs) })),
    ops: Uint8Array.from(view.slots, ({ op }) => (op === 'min' ? MINIMUM : op === 'max' ? MAXIMUM : ADD)),
    empty: emptySlots(view.slots),
    rowWords: 1 + view.slots.length,
  };
}

function longest(features: readonly WindowFeature[], hopUs: number): number {
  return Math.max(...features.filter((feature) => feature.hopUs === hopUs).map((feature) => feature.windowUs));
}

function offlineOnly(view: CompiledAggregateView): SignalboxError {
  return new SignalboxError(
    'input/invalid-documents',
    `the feature view ${view.name} has the mode exact, which is offline only for now`,
    {
      hint: `Write \`mode: sawtooth\` in features/views/${view.name}.yaml to serve it online.`,
    },
  );
}

/** Merges one row's slots into another's, in place. */
export function mergeRow(
  ops: Uint8Array,
  into: { readonly words: Float64Array; readonly at: number },
  from: { readonly words: Float64Array; readonly at: number },
): void {
  for (let slot = 0; slot < ops.length; slot++) {
    const a = into.words[into.at + slot]!;
    const b = from.words[from.at + slot]!;
    into.words[into.at + slot] = ops[slot] === ADD ? a + b : ops[slot] === MINIMUM ? Math.min(a, b) : Math.max(a, b);
  }
}
