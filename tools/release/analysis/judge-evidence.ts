import type { Verdict } from '@signalbox/contracts';
import { ERROR_RATE_ID, judgeErrorRate } from './error-rate.js';
import { evidenceProblem } from './evidence-problem.js';
import { judgeLatency, LATENCY_ID } from './latency.js';
import { type AnalysisRule, type Evidence, errorBudget } from './rule.js';
import { judgeScoreShift, SCORE_SHIFT_ID } from './score-shift.js';

/**
 * Whether live traffic shows the candidate to be no worse than the champion, one verdict for each thing that the strategy asks. Pass: shown to be
 * within the margin. Fail: shown to be beyond it. Inconclusive: neither yet. Each bound stays right however often this is called (docs/analysis.md).
 */
export function judgeEvidence(evidence: Evidence, rule: AnalysisRule): readonly Verdict[] {
  const problem = evidenceProblem(evidence);
  if (problem !== null) return askedIds(rule).map((id) => ({ id, verdict: 'error', sentence: problem }));
  const { latency, scoreShiftMargin, errorRateMargin } = rule.analysis;
  const budget = errorBudget(rule);
  const verdicts = [judgeErrorRate(evidence, { margin: errorRateMargin, budget })];
  if (latency !== undefined) verdicts.push(judgeLatency(evidence, { ...latency, budget }));
  if (scoreShiftMargin !== undefined && rule.phase === 'shadow') {
    verdicts.push(judgeScoreShift(evidence, { margin: scoreShiftMargin, budget }));
  }
  return verdicts;
}

function askedIds({ analysis, phase }: AnalysisRule): readonly string[] {
  const latency = analysis.latency === undefined ? [] : [LATENCY_ID];
  const shift = analysis.scoreShiftMargin === undefined || phase === 'canary' ? [] : [SCORE_SHIFT_ID];
  return [ERROR_RATE_ID, ...latency, ...shift];
}
