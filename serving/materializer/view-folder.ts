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

/** A batch of the log as one view sees it. */
export interface SortedBatch {
  /** Events that count, and whose each is: parallel lists, in the order of the log. */
  readonly events: readonly LoggedEvent[];
  readonly entityKeys: readonly string[];
  readonly newestArrivalUs: number;
  readonly rejected: readonly RejectedEvent[];
}

/** Pure: which entities a batch touches, and what is refused. Events that arrived up to `loadedUntilUs` are in the values already. */
export function sortBatch(
  reader: EventReader,
  logged: readonly LoggedEvent[],
  loadedUntilUs: number | null = null,
): SortedBatch {
  const [events, entityKeys, rejected]: [LoggedEvent[], string[], RejectedEvent[]] = [[], [], []];
  for (const event of logged) {
    if (loadedUntilUs !== null && event.arrivalTs <= loadedUntilUs) continue;
    const fault = reader.faultOf(event);
    if (fault !== null) {
      rejected.push({ ...fault, event });
      continue;
    }
    const key = reader.entityKeyOf(event);
    if (key === null) continue;
    events.push(event);
    entityKeys.push(key);
  }
  // Arrivals never fall inside a partition.
  return { events, entityKeys, newestArrivalUs: logged.at(-1)!.arrivalTs, rejected };
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

  missing(keys: readonly string[]): ReadonlySet<string> {
    return new Set(keys.filter((key) => !this.#entities.has(key)));
  }

  /** Takes stored values in; null is an entity that no event touched yet. */
  load(key: string, value: Uint8Array | null): void {
    this.#entities.set(key, value ? decodeEntity(this.#layout, value) : emptyEntity(this.#layout));
  }

  /** Applies a batch to entities that were all loaded, and answers the values to write. */
  fold(reader: EventReader, batch: SortedBatch): OnlineWrite[] {
    const touched = new Map<string, EntityTiles>();
    for (let i = 0; i < batch.events.length; i++) {
      const key = batch.entityKeys[i]!;
      let entity = touched.get(key);
      if (entity === undefined) {
        entity = this.#entities.get(key)!;
        advance(this.#layout, entity, batch.newestArrivalUs);
        touched.set(key, entity);
      }
      const event = batch.events[i]!;
      applyEvent(this.#layout, entity, { eventTs: event.eventTs, slots: reader.slotsOf(event) });
    }
    return Array.from(touched, ([entityKey, entity]) => ({ entityKey, value: encodeEntity(entity) }));
  }

  clear(): void {
    this.#entities.clear();
  }

  /** Called after a commit: forgets all rather than choosing, when there are too many. */
  trim(): void {
    if (this.#entities.size > MAX_CACHED_ENTITIES) this.#entities.clear();
  }
}
