import type { MetricName, Model, Verdict } from '@signalbox/contracts';
import { compareScores } from '../../evaluation/index.js';
import type { JoinedAnswer, OutcomeJoin } from '../../evidence/index.js';
import { absoluteBounds, absoluteVerdict } from '../../gates/index.js';
import type { Window } from '../windows.js';
import { count, percent } from '../words.js';

/** What the live version's answers were worth, by what became of them. */
export interface QualityReport extends Window, Omit<OutcomeJoin, 'joined'> {
  /** Answers with an outcome that is a label. */
  readonly labelled: number;
  /** The share of answers whose label is in, 0 to 1; null without answers. */
  readonly coverage: number | null;
  /** Outcomes that are no label of a binary classifier: neither true, false, 0 nor 1. */
  readonly notLabels: number;
}

export interface JudgedQuality {
  readonly report: QualityReport;
  readonly verdicts: readonly Verdict[];
}

/** As many as an offline evaluation draws, so that an interval means the same. */
const RESAMPLES = 300;
const CONFIDENCE = 0.95;
/** A look that is repeated must say the same. */
const SEED = 1;

/**
 * The gates' absolute thresholds, asked of answers whose outcomes are in. The cohort is by the time of the request, and mature: late outcomes are not
 * left out for being late, which would flatter or blame the model.
 */
export function judgeQuality(
  model: Pick<Model, 'gates' | 'monitoring'>,
  cohort: Window,
  { joined, ...counts }: OutcomeJoin,
): JudgedQuality {
  const rows = joined.flatMap(asLabelled);
  const report: QualityReport = {
    ...cohort,
    ...counts,
    labelled: rows.length,
    coverage: counts.answers === 0 ? null : rows.length / counts.answers,
    notLabels: joined.length - rows.length,
  };
  const metrics = Object.keys(model.gates.quality) as MetricName[];
  const { minRows } = model.monitoring;
  if (rows.length < minRows) {
    const verdicts = metrics.map((metric) => tooFew(`quality/${metric}`, report, minRows));
    return { report, verdicts };
  }
  const scores = { labels: rows.map(({ label }) => label), candidate: rows.map(({ score }) => score), champion: null };
  const { candidate } = compareScores(scores, { metrics, resamples: RESAMPLES, confidence: CONFIDENCE, seed: SEED });
  const verdicts = metrics.flatMap((metric) => {
    const bounds = absoluteBounds(`quality/${metric}`, metric, model.gates.quality[metric]!);
    return bounds.map((bound) => absoluteVerdict(bound, candidate.metrics[metric], candidate.undefinedMetrics[metric]));
  });
  return { report, verdicts: verdicts.map((verdict) => withCoverage(verdict, report)) };
}

function withCoverage(verdict: Verdict, report: QualityReport): Verdict {
  return { ...verdict, sentence: `${verdict.sentence} ${describeCoverage(report)}` };
}

function asLabelled({ score, outcome }: JoinedAnswer): { readonly score: number; readonly label: number }[] {
  const label = Number(outcome);
  return (label === 0 || label === 1) && Number.isFinite(score) ? [{ score, label }] : [];
}

function tooFew(id: string, report: QualityReport, minRows: number): Verdict {
  const sentence = `${count(report.labelled)} labelled answers, ${count(minRows)} are needed. ${describeCoverage(report)}`;
  const verdict = report.answers === 0 ? 'no-data' : 'inconclusive';
  return { id, verdict, sentence, sampleSize: report.labelled };
}

function describeCoverage({ coverage, answers }: QualityReport): string {
  if (coverage === null) return 'No answer in the sample.';
  return `Labels are in for ${percent(coverage)} of ${count(answers)} sampled answers.`;
}
