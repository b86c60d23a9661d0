/**
 * What a statistic answers: a number (or several), or why there is none. An undefined statistic is never NaN and never an
 * exception, so that a gate can say `no-data` with the reason instead of comparing with garbage.
 */
export type Statistic<T> =
  | { readonly defined: true; readonly value: T }
  | { readonly defined: false; readonly reason: string };

export const defined = <T>(value: T): Statistic<T> => ({ defined: true, value });

export const undefinedBecause = (reason: string): Statistic<never> => ({ defined: false, reason });

export type Interval = [low: number, high: number];
