import { finalize, floorToHop, type WindowFeature } from '@signalbox/contracts';
import { HEADER_WORDS, NEWEST_EVENT, PENDING_COUNT } from './online-value.js';
import { ADD, MINIMUM, type ViewLayout } from './view-layout.js';

/** One window length of one level, and where its features go in the output. */
interface FoldWindow {
  readonly windowUs: number;
  readonly outputs: readonly { readonly feature: WindowFeature; readonly position: number }[];
}

/** Which features of a view are wanted and where they go, sorted for one pass over the tiles of each level. */
export interface FoldPlan {
  readonly layout: ViewLayout;
  /** One a level of the layout, in its order; shortest window first. */
  readonly windows: readonly (readonly FoldWindow[])[];
  /** Used during a fold; a plan folds one value at a time. */
  readonly merged: Float64Array;
}

/** `positions` has one entry a feature of the view: its place in the output, or -1 where it is not wanted. */
export function planFold(layout: ViewLayout, positions: readonly number[]): FoldPlan {
  const wanted = layout.view.features
    .map((feature, i) => ({ feature, position: positions[i]! }))
    .filter(({ position }) => position >= 0);
  const windowsOf = (hopUs: number): FoldWindow[] => {
    const ofLevel = wanted.filter(({ feature }) => feature.hopUs === hopUs);
    const lengths = [...new Set(ofLevel.map(({ feature }) => feature.windowUs))].sort((a, b) => a - b);
    return lengths.map((windowUs) => ({
      windowUs,
      outputs: ofLevel.filter((each) => each.feature.windowUs === windowUs),
    }));
  };
  return {
    layout,
    windows: layout.levels.map(({ hopUs }) => windowsOf(hopUs)),
    merged: new Float64Array(layout.ops.length),
  };
}

/** What a read sees of an entity that has no value: no event. */
export function foldNothing(plan: FoldPlan, out: Float32Array | Float64Array): void {
  for (const windows of plan.windows)
    for (const { outputs } of windows)
      for (const { feature, position } of outputs) out[position] = finalize(feature, plan.layout.empty);
}

/**
 * The window features of one value at T, NaN for NULL, written to `out`. T must not lie before the value's watermark. Windows of one level are nested, so
 * each tile is merged once, from the newest back: [A - w, A) with A = T - delay, its tail floored to the hop.
 */
export function foldWindows(
  plan: FoldPlan,
  words: Float64Array,
  { atUs, out }: { readonly atUs: number; readonly out: Float32Array | Float64Array },
): void {
  const { layout, merged } = plan;
  const { ops, rowWords, levels } = layout;
  const endUs = atUs - layout.view.delayUs;
  const pendingAt = pendingStart(layout, words);
  let levelAt = HEADER_WORDS + levels.length;
  for (let level = 0; level < levels.length; level++) {
    let tile = words[HEADER_WORDS + level]!;
    let pending = words[PENDING_COUNT]!;
    merged.set(layout.empty);
    for (const { windowUs, outputs } of plan.windows[level]!) {
      const fromUs = floorToHop(endUs - windowUs, levels[level]!.hopUs);
      const newer = tile;
      while (tile > 0 && words[levelAt + (tile - 1) * rowWords]! >= fromUs) tile--;
      mergeRows({ ops, rowWords, merged }, words, { from: levelAt + tile * rowWords, to: levelAt + newer * rowWords });
      while (pending > 0 && words[pendingAt + (pending - 1) * rowWords]! >= fromUs) {
        const at = pendingAt + --pending * rowWords;
        if (words[at]! < endUs) mergeRows({ ops, rowWords, merged }, words, { from: at, to: at + rowWords });
      }
      for (const { feature, position } of outputs) out[position] = finalize(feature, merged);
    }
    levelAt += words[HEADER_WORDS + level]! * rowWords;
  }
}

/** When the newest visible event happened; -Infinity for none. */
export function newestVisibleUs(layout: ViewLayout, words: Float64Array, atUs: number): number {
  const endUs = atUs - layout.view.delayUs;
  const pendingAt = pendingStart(layout, words);
  for (let row = words[PENDING_COUNT]! - 1; row >= 0; row--) {
    const eventTs = words[pendingAt + row * layout.rowWords]!;
    if (eventTs < endUs) return Math.max(eventTs, words[NEWEST_EVENT]!);
  }
  return words[NEWEST_EVENT]!;
}

function pendingStart(layout: ViewLayout, words: Float64Array): number {
  let at = HEADER_WORDS + layout.levels.length;
  for (let level = 0; level < layout.levels.length; level++) at += words[HEADER_WORDS + level]! * layout.rowWords;
  return at;
}

/** Slot by slot, so that the inner loop is one operation over many tiles. */
function mergeRows(
  { ops, rowWords, merged }: { readonly ops: Uint8Array; readonly rowWords: number; readonly merged: Float64Array },
  words: Float64Array,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  for (let slot = 0; slot < ops.length; slot++) {
    let value = merged[slot]!;
    if (ops[slot] === ADD) for (let at = from + 1 + slot; at < to; at += rowWords) value += words[at]!;
    else if (ops[slot] === MINIMUM)
      for (let at = from + 1 + slot; at < to; at += rowWords) value = Math.min(value, words[at]!);
    else for (let at = from + 1 + slot; at < to; at += rowWords) value = Math.max(value, words[at]!);
    merged[slot] = value;
  }
}
