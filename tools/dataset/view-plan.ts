import {
  type CompiledAggregateView,
  HOPS_US,
  type PartialSlot,
  SHORTEST_HOP_US,
  type WindowFeature,
} from '@signalbox/contracts';
import { floorSql } from './shifted-time.js';

/** One window length of a view, with what of it is wanted. Windows are in ascending order, and each holds the ones before it. */
export interface PlannedWindow {
  readonly windowUs: number;
  readonly hopUs: number;
  readonly features: readonly WindowFeature[];
  /** Lower bound of event times, SQL over the shifted time `t` of a request. */
  readonly fromSql: string;
}

/** An aggregate view as an offline plan computes it: only what is wanted of it. */
export interface ViewPlan {
  readonly view: CompiledAggregateView;
  readonly windows: readonly PlannedWindow[];
  /** The slots that the wanted features read. */
  readonly slots: readonly PlannedSlot[];
  /** What these take of an event, each expression once. */
  readonly inputs: readonly string[];
}

export interface PlannedSlot {
  /** Index in the view, and the name of its column: `s0`, `s1`. */
  readonly index: number;
  readonly slot: PartialSlot;
  /** Index in the plan's inputs; null where every event counts. */
  readonly input: number | null;
}

/** Plans the named features of a view (all unless told). */
export function planView(view: CompiledAggregateView, names?: ReadonlySet<string>): ViewPlan {
  const features = view.features.filter(({ name }) => names?.has(name) ?? true);
  const lengths = [...new Set(features.map(({ windowUs }) => windowUs))].sort((a, b) => a - b);
  const windows = lengths.map((windowUs): PlannedWindow => {
    const ofWindow = features.filter((feature) => feature.windowUs === windowUs);
    const { hopUs } = ofWindow[0]!;
    const exact = `t - ${windowUs + view.delayUs}`;
    return { windowUs, hopUs, features: ofWindow, fromSql: hopUs === 0 ? exact : floorSql(exact, hopUs) };
  });
  const used = new Set(features.flatMap(({ slots }) => slots));
  const indexed = view.slots.map((slot, index) => ({ index, slot })).filter(({ index }) => used.has(index));
  const inputs = [...new Set(indexed.flatMap(({ slot }) => (slot.input === null ? [] : [slot.input])))];
  const slots = indexed.map((each) => ({
    ...each,
    input: each.slot.input === null ? null : inputs.indexOf(each.slot.input),
  }));
  return { view, windows, slots, inputs };
}

/** Windows up to here are cut from five-minute cells: an hour of raw rows would be most of them. */
const LONGEST_FINE_WINDOW_US = 3 * HOPS_US[1];

/** The cell of the tile plan: raw rows are read for the cells at the edges of a window, tiles for those between. */
export function cellUsOf({ windows }: ViewPlan): number {
  return (windows.at(-1)?.windowUs ?? 0) <= LONGEST_FINE_WINDOW_US ? SHORTEST_HOP_US : HOPS_US[1];
}
