import { HOPS_US } from '@signalbox/contracts';

const DAY_US = HOPS_US[0];

/**
 * SQL's integer division truncates toward zero, and hops floor. All times of a plan are shifted by this many microseconds (a whole number of
 * days, so hops stay where they are), which makes every one of them positive, whatever window or delay is taken off it: then the two are equal.
 */
export const SHIFT_US = 400_000 * DAY_US;

/** Floor to the hop, of a shifted time. */
export const floorSql = (time: string, hopUs: number): string => `(${time}) // ${hopUs} * ${hopUs}`;
