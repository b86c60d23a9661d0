/** When something happened, and when it could first be known. Epoch microseconds UTC. */
export interface EventTimes {
  readonly eventTs: number;
  readonly arrivalTs: number;
}

/** An event where the log keeps it. */
export interface PlacedEvent extends EventTimes {
  readonly partition: number;
  readonly offset: number;
}

/**
 * Whether a source takes an event at all: lateness is a property of the event, never of a watermark, so that both paths
 * refuse the same ones whatever order they see them in.
 */
export function isAccepted(
  source: { readonly allowedLatenessUs: number; readonly futureSkewUs: number },
  event: EventTimes,
): boolean {
  const lateness = event.arrivalTs - event.eventTs;
  return -source.futureSkewUs <= lateness && lateness <= source.allowedLatenessUs;
}

/** The leak-proof rule: an event counts at T only if it happened before `T - delay` and was known at T. */
export function isVisible(event: EventTimes, at: { readonly atUs: number; readonly delayUs: number }): boolean {
  return event.eventTs < at.atUs - at.delayUs && event.arrivalTs <= at.atUs;
}

/** The one total order, which breaks every tie: event time, arrival, partition, offset. */
export function compareEvents(a: PlacedEvent, b: PlacedEvent): number {
  return a.eventTs - b.eventTs || a.arrivalTs - b.arrivalTs || a.partition - b.partition || a.offset - b.offset;
}
