/** When something happened, and when it could first be known. Epoch microseconds UTC. */
export interface EventTimes {
  readonly eventTs: number;
  readonly arrivalTs: number;
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
