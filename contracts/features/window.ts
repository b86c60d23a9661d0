import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../time/index.js';

/** The shortest tile. */
export const SHORTEST_HOP_US = 5 * US_PER_MINUTE;

/** Tile lengths, longest first; each divides the one before, and all are aligned to the epoch. */
export const HOPS_US = [US_PER_DAY, US_PER_HOUR, SHORTEST_HOP_US] as const;

/** A window is at least one of the shortest tiles. */
export const MIN_WINDOW_US = SHORTEST_HOP_US;

/** A sawtooth window may be longer than declared by at most this share (from an hour up). */
const MAX_OVERSHOOT = 1 / 12;

/** The hop that floors the tail of a sawtooth window: the longest that adds at most a twelfth; the shortest for windows under an hour. */
export function hopOfWindow(windowUs: number): number {
  return HOPS_US.find((hop) => hop <= windowUs * MAX_OVERSHOOT) ?? SHORTEST_HOP_US;
}

/** Floor to a multiple of the hop, for negative times too. By remainder: a quotient would round near 2^53. */
export function floorToHop(timeUs: number, hopUs: number): number {
  const rest = timeUs % hopUs;
  return timeUs - (rest < 0 ? rest + hopUs : rest);
}
