import type { Verdict } from '@signalbox/contracts';

/** A figure as a report prints it: four significant digits, no exponent for what people read every day. */
export function figure(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  if (size < 1e-4) return value.toExponential(1);
  return String(Number(value.toPrecision(size >= 1 ? 4 : 3)));
}

export function count(rows: number): string {
  return rows.toLocaleString('en-US');
}

export function between([low, high]: readonly [number, number]): string {
  return `95 % between ${figure(low)} and ${figure(high)}`;
}

/** A verdict that has nothing to rest on. */
export function noData(id: string, sentence: string): Verdict {
  return { id, verdict: 'no-data', sentence };
}
