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

/** A part of a whole that is not zero: `3.2 %`. Only all of it is 100 %, and only none of it 0 %. */
export function share(part: number, whole: number): string {
  const percent = Math.round((part / whole) * 1000) / 10;
  if (percent === 0 && part > 0) return 'less than 0.1 %';
  return percent === 100 && part < whole ? 'more than 99.9 %' : `${percent} %`;
}

/** An instant to the second, UTC. */
export function instant(us: number): string {
  return `${new Date(us / 1000).toISOString().slice(0, 19)}Z`;
}

/** A verdict that has nothing to rest on. */
export function noData(id: string, sentence: string): Verdict {
  return { id, verdict: 'no-data', sentence };
}
