import type { EvidenceCell, Strategy } from '@signalbox/contracts';

/** What both sides did under one manifest: the candidate in the route of the stage, the champion beside it. Null: nobody asked it. */
export interface Evidence {
  readonly candidate: EvidenceCell | null;
  readonly champion: EvidenceCell | null;
}

export interface AnalysisRule {
  readonly analysis: Strategy['analysis'];
  readonly phase: 'shadow' | 'canary';
  /** How many stages the strategy has, this one included. */
  readonly stages: number;
}

/** How often a bound may be wrong, ever, however often the evidence is looked at. */
export interface ErrorBudget {
  readonly pass: number;
  readonly fail: number;
}

/**
 * A harmful version goes live only when every stage lets it through, so each stage may spend the whole budget on a wrong pass. A good one goes down
 * by the first fail of any test in any stage, so they share theirs.
 */
export function errorBudget({ analysis, stages }: AnalysisRule): ErrorBudget {
  const { confidence, latency, scoreShiftMargin } = analysis;
  const tests = 1 + Number(latency !== undefined) + Number(scoreShiftMargin !== undefined);
  return { pass: 1 - confidence, fail: (1 - confidence) / (stages * tests) };
}
