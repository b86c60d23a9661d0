import { type EvidenceCell, failuresOf, LATENCY_BINS } from '@signalbox/contracts';
import type { Sides } from './rule.js';

/** Why these counts cannot be counts of anything, as a sentence; null: they can. NaN would make every comparison false, and none of them a refusal. */
export function evidenceProblem({ candidate, champion }: Sides): string | null {
  for (const [who, cell] of [
    ['candidate', candidate],
    ['champion', champion],
  ] as const) {
    const problem = cell === null ? null : cellProblem(cell);
    if (problem !== null) return `The evidence of the ${who} cannot be right: ${problem}.`;
  }
  return null;
}

function cellProblem(cell: EvidenceCell): string | null {
  const { asked, degraded, failed, latency, paired } = cell;
  const timed = latency.reduce((sum, [, count]) => sum + count, 0);
  if (![asked, degraded, ...Object.values(failed), ...latency.map(([, count]) => count)].every(isCount)) {
    return 'a count is not a whole number';
  }
  if (failuresOf(cell) + degraded > asked) {
    return `${failuresOf(cell)} failures and ${degraded} degraded answers in ${asked} requests`;
  }
  if (timed > asked) return `${timed} latencies in ${asked} requests`;
  if (latency.some(([bin]) => !isCount(bin) || bin >= LATENCY_BINS)) return 'a latency outside the bins';
  if (paired !== null && !isPaired(paired, asked)) return 'paired differences that no scores have';
  return null;
}

function isPaired({ rows, sum, sumSquares }: NonNullable<EvidenceCell['paired']>, asked: number): boolean {
  const whole = isCount(rows) && Number.isSafeInteger(sum) && isCount(sumSquares);
  // No mean square is smaller than the square of the mean; a hair is left for the rounding of the product.
  return whole && rows <= asked && sum * sum <= rows * sumSquares * (1 + 1e-9);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
