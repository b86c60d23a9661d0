import type { Verdict } from '@signalbox/contracts';
import { ERROR_RATE_ID, judgeErrorRate, segmentErrorRateId } from './error-rate.js';
import { evidenceProblem } from './evidence-problem.js';
import { FALLBACK_SHARE_ID, judgeFallbackShare } from './fallback-share.js';
import { judgeLatency, LATENCY_ID } from './latency.js';
import { judgeMetric } from './metric.js';
import { type AnalysisRule, type Evidence, errorBudget, type Sides } from './rule.js';
import { judgeScoreShift, SCORE_SHIFT_ID } from './score-shift.js';

/**
 * Whether live traffic shows the candidate to be no worse than the champion, one verdict for each thing that the strategy asks. Pass: shown to be
 * within the margin. Fail: shown to be beyond it. Inconclusive: neither yet. Each bound stays right however often this is called (docs/analysis.md).
 */
export function judgeEvidence(evidence: Evidence, rule: AnalysisRule): readonly Verdict[] {
  return [...judgeCounts(evidence, rule), ...judgeMetrics(evidence, rule)];
}

/** What the pods counted themselves. */
function judgeCounts(evidence: Evidence, rule: AnalysisRule): readonly Verdict[] {
  const sides: Sides = { candidate: evidence.candidate.cell, champion: evidence.champion.cell };
  const segments = criticalSegments(rule).map((name) => ({ name, sides: ofSegment(evidence, name) }));
  const problem = [sides, ...segments.map((one) => one.sides)].map(evidenceProblem).find((one) => one !== null);
  if (problem !== undefined) {
    return countedIds(rule).map((id) => ({ id, verdict: 'error', sentence: problem as string }));
  }
  const { errorRateMargin, fallbackShareMargin, latency, scoreShiftMargin, segmentErrorRateMargin } = rule.analysis;
  const budget = errorBudget(rule);
  const verdicts = [judgeErrorRate(sides, { margin: errorRateMargin, budget })];
  for (const segment of segments) {
    const margin = segmentErrorRateMargin!;
    verdicts.push(judgeErrorRate(segment.sides, { margin, budget, segment: segment.name }));
  }
  if (fallbackShareMargin !== undefined) {
    verdicts.push(judgeFallbackShare(sides, { margin: fallbackShareMargin, budget }));
  }
  if (latency !== undefined) verdicts.push(judgeLatency(sides, { ...latency, budget }));
  if (scoreShiftMargin !== undefined && rule.phase === 'shadow') {
    verdicts.push(judgeScoreShift(sides, { margin: scoreShiftMargin, budget }));
  }
  return verdicts;
}

/** What came of the answers: a copy in shadow answers nobody, so there is nothing to read of it yet. */
function judgeMetrics({ candidate, champion }: Evidence, rule: AnalysisRule): readonly Verdict[] {
  if (rule.phase === 'shadow') return [];
  const budget = errorBudget(rule);
  return rule.analysis.metrics.flatMap((condition) =>
    judgeMetric(
      { candidate: candidate.metrics.get(condition.metric), champion: champion.metrics.get(condition.metric) },
      { condition, metric: rule.metrics.get(condition.metric), budget },
    ),
  );
}

function criticalSegments({ analysis, criticalSegments: names }: AnalysisRule): readonly string[] {
  return analysis.segmentErrorRateMargin === undefined ? [] : names;
}

function ofSegment({ candidate, champion }: Evidence, name: string): Sides {
  return { candidate: candidate.segments.get(name) ?? null, champion: champion.segments.get(name) ?? null };
}

function countedIds(rule: AnalysisRule): readonly string[] {
  const { fallbackShareMargin, latency, scoreShiftMargin } = rule.analysis;
  return [
    ERROR_RATE_ID,
    ...criticalSegments(rule).map(segmentErrorRateId),
    ...(fallbackShareMargin === undefined ? [] : [FALLBACK_SHARE_ID]),
    ...(latency === undefined ? [] : [LATENCY_ID]),
    ...(scoreShiftMargin === undefined || rule.phase !== 'shadow' ? [] : [SCORE_SHIFT_ID]),
  ];
}
