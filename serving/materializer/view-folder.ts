import {
  advance,
  applyEvent,
  decodeEntity,
  type EntityTiles,
  emptyEntity,
  encodeEntity,
  type ViewLayout,
} from '../features/index.js';
import type { LoggedEvent, OnlineWrite } from '../stores/index.js';
import type { EventReader } from './read-event.js';

/** An event that was not applied, and why. */
export interface RejectedEvent {
  readonly kind: 'late' | 'malformed';
  readonly event: LoggedEvent;
  readonly reason: string;
}

/** A batch of the log, read for one view: events by entity, and what was refused. */
export interface SortedBatch {
  readonly byEntity: ReadonlyMap<string, { readonly eventTs: number[]; readonly slots: number[] }>;
  readonly newestArrivalUs: number;
  readonly applied: number;
  readonly rejected: readonly RejectedEvent[];
}

/** Pure: which entities a batch touches, and with what. */
export function sortByEntity(readEvent: EventReader, events: readonly LoggedEvent[]): SortedBatch {
  const byEntity = new Map<string, { eventTs: number[]; slots: number[] }>();
  const rejected: RejectedEvent[] = [];
  let newestArrivalUs = Number.NEGATIVE_INFINITY;
  let applied = 0;
  for (const event of events) {
    newestArrivalUs = Math.max(newestArrivalUs, event.arrivalTs);
    const reading = readEvent(event);
    if (reading.kind === 'late')
      rejected.push({ kind: 'late', event, reason: `arrived ${event.arrivalTs - event.eventTs} µs after it happened` });
    if (reading.kind === 'malformed') rejected.push({ kind: 'malformed', event, reason: reading.reason });
    if (reading.kind !== 'event') continue;
    applied++;
    let group = byEntity.get(reading.entityKey);
    if (group === undefined) {
      group = { eventTs: [], slots: [] };
      byEntity.set(reading.entityKey, group);
    }
    group.eventTs.push(event.eventTs);
    for (const slot of reading.slots) group.slots.push(slot);
  }
  return { byEntity, newestArrivalUs, applied, rejected };
}

/** Pure: the entity with its part of a batch applied, in place. */
export function foldGroup(
  layout: ViewLayout,
  entity: EntityTiles,
  batch: { readonly eventTs: readonly number[]; readonly slots: readonly number[]; readonly newestArrivalUs: number },
): void {
  const width = layout.ops.length;
  const slots = new Float64Array(width);
  advance(layout, entity, batch.newestArrivalUs);
  for (let i = 0; i < batch.eventTs.length; i++) {
    for (let slot = 0; slot < width; slot++) slots[slot] = batch.slots[i * width + slot]!;
    applyEvent(layout, entity, { eventTs: batch.eventTs[i]!, slots });
  }
}

/** Entities kept decoded between batches, per view: about 100 MB at most for values of 10 kB. */
const MAX_CACHED_ENTITIES = 10_000;

/**
 * The entities of one view, decoded, between the store and the batches. The cache only ever holds what the store holds: it is thrown away
 * whole when a commit fails, because its entities were changed in place.
 */
export class EntityCache {
  readonly #layout: ViewLayout;
  readonly #entities = new Map<string, EntityTiles>();

  constructor(layout: ViewLayout) {
    this.#layout = layout;
  }

  missing(keys: Iterable<string>): string[] {
    return [...keys].filter((key) => !this.#entities.has(key));
  }

  /** Takes stored values in; null is an entity that no event touched yet. */
  load(key: string, value: Uint8Array | null): void {
    this.#entities.set(key, value ? decodeEntity(this.#layout, value) : emptyEntity(this.#layout));
  }

  /** Applies a batch and answers the values to write. */
  fold(batch: SortedBatch): OnlineWrite[] {
    const writes: OnlineWrite[] = [];
    for (const [entityKey, group] of batch.byEntity) {
      const entity = this.#entities.get(entityKey)!;
      foldGroup(this.#layout, entity, { ...group, newestArrivalUs: batch.newestArrivalUs });
      writes.push({ entityKey, value: encodeEntity(entity) });
    }
    return writes;
  }

  clear(): void {
    this.#entities.clear();
  }

  /** Called after a commit: forgets all rather than choosing, when there are too many. */
  trim(): void {
    if (this.#entities.size > MAX_CACHED_ENTITIES) this.#entities.clear();
  }
}
