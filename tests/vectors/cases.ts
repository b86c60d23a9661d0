import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mulberry32, type Statistic } from '../../tools/statistics/index.js';

/** Vectors computed with scipy, scikit-learn and statsmodels; see the `about` of the file itself. */
interface Tolerance {
  readonly rel: number;
  readonly abs: number;
}
export interface VectorCase {
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly expected: Record<string, unknown>;
  readonly tolerance?: Tolerance;
  readonly tolerance_p?: Tolerance;
}
/** Holds a number to the tolerance of its case; `p` values have one of their own. */
export type Close = (got: number, want: unknown, of?: 'value' | 'p') => void;

const { suites } = JSON.parse(readFileSync(new URL('statistics.json', import.meta.url), 'utf8')) as {
  suites: Record<string, { tolerance: Tolerance; cases: VectorCase[] }>;
};

/** One test for each case of a suite. */
export function eachCase(suite: string, check: (one: VectorCase, close: Close) => void): void {
  const { cases, tolerance } = suites[suite]!;
  it.each(cases.map((one) => [one.name, one] as const))(`${suite}: %s`, (_name, one) => {
    check(one, (got, want, of) => {
      const { rel, abs } = (of === 'p' ? one.tolerance_p : undefined) ?? one.tolerance ?? tolerance;
      const number = Number(want);
      expect(Math.abs(got - number), `${got} is not ${number}`).toBeLessThanOrEqual(abs + rel * Math.abs(number));
    });
  });
}

/** A statistic that the vectors call undefined must say so, with a reason; a defined one must be one. */
export function answer<T>(statistic: Statistic<T>, expected: Record<string, unknown>): T | null {
  if ('undefined' in expected) {
    expect(statistic).toEqual({ defined: false, reason: expect.any(String) });
    return null;
  }
  if (!statistic.defined) throw new Error(`undefined: ${statistic.reason}`);
  return statistic.value;
}

/** A sample: given, or made by the generator that it names. */
export function numbers(value: unknown): number[] {
  if (!Array.isArray(value)) return generate(value as Record<string, unknown>);
  return value.map((each) => (each === null ? Number.NaN : Number(each)));
}

export function generate(spec: Record<string, unknown>): number[] {
  const next = mulberry32(Number(spec.seed));
  const n = Number(spec.n);
  const a = Number(spec.a ?? 0);
  const b = Number(spec.b ?? 1);
  const draw: Record<string, () => number> = {
    uniform: () => a + b * next(),
    bell: () => a + b * (next() + next() + next() + next() - 2),
    integers: () => Math.floor(next() * Number(spec.k)),
    bernoulli: () => (next() < Number(spec.p) ? 1 : 0),
  };
  return Array.from({ length: n }, draw[String(spec.gen)]!);
}
