import { floorToHop, SignalboxError } from '@signalbox/contracts';
import { TileTable } from './tile-table.js';
import type { ViewLayout } from './view-layout.js';

/**
 * What the online store holds for one entity of one view, as little-endian doubles:
 *
 *   format | watermark | newest settled event | pending rows P | tiles of each level T1..Tn | tiles of level 1 .. n | pending rows
 *
 * A tile is its start and one number a slot, in order of start; a level is one tile length, the longest first. A pending row is one event, not yet
 * in any tile: when it happened, and the tile of it alone.
 *
 * Which is which is decided by the watermark W, the newest arrival applied: every event before `W - delay` is settled. A read at T >= W wants events
 * before `T - delay >= W - delay`, so it wants all settled ones (whole tiles, then, even the newest) and must look at pending ones only.
 */
export interface EntityTiles {
  watermarkUs: number;
  /** Newest settled event; -Infinity before the first. */
  newestEventUs: number;
  readonly levels: readonly TileTable[];
  readonly pending: TileTable;
}

const FORMAT = 1;
/** Words before the tile counts. */
export const HEADER_WORDS = 4;
export const WATERMARK = 1;
export const NEWEST_EVENT = 2;
export const PENDING_COUNT = 3;

export function emptyEntity(layout: ViewLayout): EntityTiles {
  return {
    watermarkUs: Number.NEGATIVE_INFINITY,
    newestEventUs: Number.NEGATIVE_INFINITY,
    levels: layout.levels.map(() => new TileTable(layout)),
    pending: new TileTable(layout),
  };
}

/** One event that was applied: when it happened, and the tile of it alone (one number a slot). */
export interface EventTile {
  readonly eventTs: number;
  readonly slots: Float64Array;
}

/** Moves the watermark up: what is settled now goes into tiles, and tiles that no window can reach any more go away. */
export function advance(layout: ViewLayout, entity: EntityTiles, watermarkUs: number): void {
  if (watermarkUs <= entity.watermarkUs) return;
  entity.watermarkUs = watermarkUs;
  const settledBefore = watermarkUs - layout.view.delayUs;
  const { pending } = entity;
  let settled = 0;
  while (settled < pending.count && pending.startAt(settled) < settledBefore) {
    settle(layout, entity, { eventTs: pending.startAt(settled), slots: pending.slotsAt(settled) });
    settled++;
  }
  pending.dropFirst(settled);
  for (const [i, { hopUs, longestWindowUs }] of layout.levels.entries())
    entity.levels[i]!.dropBefore(floorToHop(settledBefore - longestWindowUs, hopUs));
}

/** Applies one event, at or before the entity's watermark in arrival. */
export function applyEvent(layout: ViewLayout, entity: EntityTiles, event: EventTile): void {
  if (event.eventTs < entity.watermarkUs - layout.view.delayUs) settle(layout, entity, event);
  else entity.pending.insert(event.eventTs, event.slots);
}

function settle(layout: ViewLayout, entity: EntityTiles, { eventTs, slots }: EventTile): void {
  if (eventTs > entity.newestEventUs) entity.newestEventUs = eventTs;
  const end = entity.watermarkUs - layout.view.delayUs;
  for (let i = 0; i < layout.levels.length; i++) {
    const { hopUs, longestWindowUs } = layout.levels[i]!;
    const start = floorToHop(eventTs, hopUs);
    if (start >= floorToHop(end - longestWindowUs, hopUs)) entity.levels[i]!.merge(start, slots);
  }
}

export function encodeEntity(entity: EntityTiles): Uint8Array {
  const tables = [...entity.levels, entity.pending];
  const counts = entity.levels.map((level) => level.count);
  const rows = tables.reduce((words, table) => words + table.usedWords, 0);
  const words = new Float64Array(HEADER_WORDS + counts.length + rows);
  words.set([FORMAT, entity.watermarkUs, entity.newestEventUs, entity.pending.count, ...counts]);
  let at = HEADER_WORDS + counts.length;
  for (const table of tables) {
    words.set(table.rows, at);
    at += table.usedWords;
  }
  return new Uint8Array(words.buffer);
}

/** The value's words, in place where they are aligned. Errors: `store/corrupt`. */
export function wordsOf(layout: ViewLayout, value: Uint8Array): Float64Array {
  const aligned = value.byteOffset % 8 === 0 ? value : Uint8Array.from(value);
  const words = new Float64Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >>> 3);
  let expected = HEADER_WORDS + layout.levels.length;
  if (words.length >= expected && words[0] === FORMAT) {
    let rows = words[PENDING_COUNT]!;
    for (let i = 0; i < layout.levels.length; i++) rows += words[HEADER_WORDS + i]!;
    expected += rows * layout.rowWords;
    if (expected * 8 === value.byteLength) return words;
  }
  throw new SignalboxError(
    'store/corrupt',
    `a value of the feature view ${layout.view.name} has ${value.byteLength} bytes, which do not fit its layout`,
    {
      hint: 'Backfill the view again: `signalbox materialize --env <env> --backfill <model>@<version>`.',
    },
  );
}

export function decodeEntity(layout: ViewLayout, value: Uint8Array): EntityTiles {
  const words = wordsOf(layout, value);
  let at = HEADER_WORDS + layout.levels.length;
  const table = (count: number) => {
    const end = at + count * layout.rowWords;
    const rows = words.subarray(at, end);
    at = end;
    return new TileTable(layout, rows);
  };
  const levels = layout.levels.map((_, i) => table(words[HEADER_WORDS + i]!));
  return {
    watermarkUs: words[WATERMARK]!,
    newestEventUs: words[NEWEST_EVENT]!,
    levels,
    pending: table(words[PENDING_COUNT]!),
  };
}
