import type { Metric } from '@signalbox/contracts';
import type { Effect } from './behaviour.js';
import type { NamedStrategy } from './world.js';

export interface Scenario {
  readonly name: string;
  readonly effect: Effect;
  /** `kept out`: anything but live is right, waiting included. */
  readonly wanted: 'live' | 'kept out';
  /** How large a part of rollouts must end as wanted. */
  readonly atLeast: number;
}

/** An equal version must get through where nothing forbids it, and a harmful one as seldom as the confidence says. */
const EQUAL_LIVE = 0.8;
/** What wins an experiment, so that only what is asked about can end it. */
const CLEARLY_BETTER = 0.01;

/**
 * What to ask of a strategy: an equal version, the smallest harm that it must keep out, and a plain harm for each thing that it looks at. An experiment promotes what is better, so there an
 * equal version is to be kept out, a better one is to win, and harm hides behind a better metric.
 */
export function scenariosOf(strategy: NamedStrategy, metrics: ReadonlyMap<string, Metric>): readonly Scenario[] {
  const { confidence, errorRateMargin } = strategy.analysis;
  const better = betterBy(strategy, metrics);
  const harm = (name: string, effect: Effect): Scenario => ({
    ...{ name, effect: { metric: better, ...effect } },
    ...{ wanted: 'kept out', atLeast: confidence },
  });
  return [
    ...fair(strategy, better),
    harm(`at the margin: fails ${percent(errorRateMargin)} more`, { failures: errorRateMargin }),
    harm(`fails ${percent(2.5 * errorRateMargin)} more`, { failures: 2.5 * errorRateMargin }),
    ...harmsOfAnalysis(strategy, harm),
    ...worseMetrics(strategy, metrics),
  ];
}

function fair({ analysis, experiment }: NamedStrategy, better: number): readonly Scenario[] {
  if (experiment === undefined) {
    return [{ name: 'equal', effect: {}, wanted: 'live', atLeast: EQUAL_LIVE }];
  }
  return [
    { name: 'equal', effect: {}, wanted: 'kept out', atLeast: analysis.confidence },
    {
      name: `better: ${experiment.metric} ${signed(better)}`,
      effect: { metric: better },
      wanted: 'live',
      atLeast: EQUAL_LIVE,
    },
  ];
}

function harmsOfAnalysis(
  { analysis, shadow }: NamedStrategy,
  harm: (name: string, effect: Effect) => Scenario,
): readonly Scenario[] {
  const { errorRateMargin, fallbackShareMargin, latency, scoreShiftMargin, segmentErrorRateMargin } = analysis;
  const found: Scenario[] = [];
  if (shadow !== undefined) {
    const failures = 2.5 * errorRateMargin;
    found.push(harm(`fails ${percent(failures)} more, but no copy does`, { failures, cleanInShadow: true }));
  }
  if (latency !== undefined) {
    found.push(harm(`${2 * latency.marginMs} ms slower`, { latencyMs: 2 * latency.marginMs }));
  }
  if (scoreShiftMargin !== undefined && shadow !== undefined) {
    found.push(harm(`scores ${2 * scoreShiftMargin} higher`, { scoreShift: 2 * scoreShiftMargin }));
  }
  if (fallbackShareMargin !== undefined) {
    found.push(harm(`degrades ${percent(2.5 * fallbackShareMargin)} more`, { degraded: 2.5 * fallbackShareMargin }));
  }
  if (segmentErrorRateMargin !== undefined) {
    const segmentFailures = 2.5 * segmentErrorRateMargin;
    found.push(harm(`fails ${percent(segmentFailures)} more in a tenth that is critical`, { segmentFailures }));
  }
  return found;
}

/** The parts of an effect that nothing in a strategy is held against, for people. */
export function unseenBy({ analysis, experiment, shadow }: NamedStrategy, effect: Effect): readonly string[] {
  const looksAt = {
    latencyMs: analysis.latency !== undefined,
    scoreShift: analysis.scoreShiftMargin !== undefined && shadow !== undefined,
    degraded: analysis.fallbackShareMargin !== undefined,
    metric: experiment !== undefined || analysis.metrics.some(({ margin }) => margin !== undefined),
  };
  return EFFECT_NAMES.flatMap(([part, name]) => (effect[part] !== undefined && !looksAt[part] ? [name] : []));
}

const EFFECT_NAMES = [
  ['latencyMs', 'latency'],
  ['scoreShift', 'scores'],
  ['degraded', 'answers without features'],
  ['metric', 'metrics'],
] as const;

function worseMetrics({ analysis }: NamedStrategy, metrics: ReadonlyMap<string, Metric>): readonly Scenario[] {
  return analysis.metrics.flatMap(({ margin = 0, metric }) => {
    if (margin === 0) return [];
    const size = metrics.get(metric)?.better === 'lower' ? 2 * margin : -2 * margin;
    const name = `${metric} ${signed(size)}`;
    return [{ name, effect: { metric: size }, wanted: 'kept out' as const, atLeast: analysis.confidence }];
  });
}

/** By how much the candidate's deciding metric must differ to be better; 0 without an experiment. */
function betterBy({ experiment }: NamedStrategy, metrics: ReadonlyMap<string, Metric>): number {
  if (experiment === undefined) return 0;
  const size = experiment.minEffect + CLEARLY_BETTER;
  return metrics.get(experiment.metric)?.better === 'lower' ? 0 - size : size;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value)}`;
