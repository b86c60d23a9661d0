import { type CompiledAggregateView, encodeEntityKey, floorToHop, type KeyValue } from '@signalbox/contracts';
import {
  type EntityTiles,
  emptyEntity,
  encodeEntity,
  layoutOfView,
  type ViewLayout,
} from '@signalbox/serving/features';
import type { OnlineWrite } from '@signalbox/serving/stores';
import type { DuckDb, DuckDbValue } from '../duckdb/index.js';
import { newestSql, pendingSql, type TileSource, tilesSql } from './tile-sql.js';

/**
 * The online values that a view has as of a moment, made from the offline copy of its events: the very values that the materializer would have come to by
 * reading all of them, up to the order of floating-point sums. An entity without an event in its longest window has none.
 */
export async function viewStateAsOf(database: DuckDb, source: TileSource): Promise<OnlineWrite[]> {
  const layout = layoutOfView(source.view);
  const builder = new StateBuilder(layout, source.asOfUs);
  const settledUs = source.asOfUs - source.view.delayUs;
  const oldest: number[] = [];
  for (const [i, { hopUs, longestWindowUs }] of layout.levels.entries()) {
    const fromUs = floorToHop(settledUs - longestWindowUs, hopUs);
    oldest.push(fromUs);
    const columns = await database.columns(tilesSql(source, { hopUs, fromUs, toUs: settledUs }));
    builder.addRows(columns, (entity, start, slots) => entity.levels[i]!.insert(start, slots));
  }
  const newest = await database.columns(newestSql(source, { fromUs: Math.min(...oldest), toUs: settledUs }));
  builder.addRows(newest, (entity, start) => {
    entity.newestEventUs = start;
  });
  const pending = await database.columns(pendingSql(source, settledUs));
  builder.addRows(pending, (entity, start, slots) => entity.pending.insert(start, slots));
  return builder.writes();
}

class StateBuilder {
  readonly #layout: ViewLayout;
  readonly #asOfUs: number;
  readonly #entities = new Map<string, EntityTiles>();

  constructor(layout: ViewLayout, asOfUs: number) {
    this.#layout = layout;
    this.#asOfUs = asOfUs;
  }

  /** `columns`: the keys, `start`, and, where the rows have them, the slots. */
  addRows(
    columns: readonly (readonly DuckDbValue[])[],
    add: (entity: EntityTiles, start: number, slots: Float64Array) => void,
  ): void {
    const keys = columns.slice(0, this.#layout.view.keyColumns.length);
    const starts = columns[keys.length] ?? [];
    const slotColumns = columns.slice(keys.length + 1);
    const slots = new Float64Array(slotColumns.length);
    for (let row = 0; row < starts.length; row++) {
      for (let slot = 0; slot < slots.length; slot++)
        slots[slot] = (slotColumns[slot]![row] as number | null) ?? this.#layout.empty[slot]!;
      const key = encodeEntityKey(keys.map((column) => column[row] as KeyValue));
      add(this.#entity(key), starts[row] as number, slots);
    }
  }

  writes(): OnlineWrite[] {
    return Array.from(this.#entities, ([entityKey, entity]) => ({ entityKey, value: encodeEntity(entity) }));
  }

  #entity(key: string): EntityTiles {
    const known = this.#entities.get(key);
    if (known) return known;
    const entity = { ...emptyEntity(this.#layout), watermarkUs: this.#asOfUs };
    this.#entities.set(key, entity);
    return entity;
  }
}

/** The oldest event that a state as of a moment can need. */
export function oldestEventUs(view: CompiledAggregateView, asOfUs: number): number {
  const settledUs = asOfUs - view.delayUs;
  return Math.min(
    ...layoutOfView(view).levels.map((level) => floorToHop(settledUs - level.longestWindowUs, level.hopUs)),
  );
}
