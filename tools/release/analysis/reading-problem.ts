import type { Verdict } from '@signalbox/contracts';
import type { MetricReading } from './metric-reading.js';

/** Why a reading says nothing of a version; null: it does. A reading that is not there was never taken. */
export function readingProblem(
  reading: MetricReading | undefined,
  who: string,
): Pick<Verdict, 'verdict' | 'sentence'> | null {
  if (reading === undefined) return { verdict: 'no-data', sentence: `It was not read of the ${who} yet.` };
  if (reading.kind === 'problem') return { verdict: reading.verdict, sentence: `Of the ${who}: ${reading.sentence}` };
  if (isNothing(reading)) return { verdict: 'no-data', sentence: `Nothing was counted of the ${who} yet.` };
  return isSound(reading) ? null : { verdict: 'error', sentence: `What was read of the ${who} cannot be right.` };
}

function isNothing(reading: Exclude<MetricReading, { kind: 'problem' }>): boolean {
  return (reading.kind === 'rate' && reading.total === 0) || (reading.kind === 'mean' && reading.rows === 0);
}

/** Counts of a monitoring system need not be whole: it interpolates between its samples. */
function isSound(reading: Exclude<MetricReading, { kind: 'problem' }>): boolean {
  if (reading.kind === 'number') return Number.isFinite(reading.value);
  if (reading.kind === 'rate') {
    const { successes, total } = reading;
    return Number.isFinite(total) && total > 0 && successes >= 0 && successes <= total;
  }
  const { rows, sum, sumSquares } = reading;
  const finite =
    Number.isSafeInteger(rows) && rows > 0 && Number.isFinite(sum * sum) && Number.isFinite(rows * sumSquares);
  // No mean square is smaller than the square of the mean; a hair is left for rounding.
  return finite && sum * sum <= rows * sumSquares * (1 + 1e-9);
}
