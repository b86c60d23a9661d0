import type { EventLog, LoggedEvent } from '../stores/index.js';

type Read = EventLog['read'];

/**
 * Views of one source usually stand at the same offset, one after the other: the newest batch of each partition is kept, so that it is read and parsed once.
 * An empty answer is never kept, because the log grows.
 */
export function shareReads(read: Read): Read {
  const newest = new Map<string, { from: number; max: number; events: readonly LoggedEvent[] }>();
  return async (topic, partition, range) => {
    const place = `${topic}/${partition}`;
    const kept = newest.get(place);
    if (kept && kept.from === range.from && kept.max === range.max) return kept.events;
    const events = await read(topic, partition, range);
    if (events.length > 0) newest.set(place, { ...range, events });
    return events;
  };
}
