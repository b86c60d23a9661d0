import type { MetricReading } from '../analysis/index.js';

type Problem = Extract<MetricReading, { kind: 'problem' }>;

/** Nothing to read yet: the next pass may find it. */
export const noData = (sentence: string): Problem => ({ kind: 'problem', verdict: 'no-data', sentence });

/** Something is broken, and a person must look. */
export const broken = (sentence: string): Problem => ({ kind: 'problem', verdict: 'error', sentence });
