import type { EvidenceCell, Metric, Strategy } from '@signalbox/contracts';
import type { MetricReading } from './metric-reading.js';

/** What both sides did under one manifest: the candidate in the route of the stage, the champion beside it. Null: nobody asked it. */
export interface Sides {
  readonly candidate: EvidenceCell | null;
  readonly champion: EvidenceCell | null;
}

/** Everything that is known of one version in one stage. */
export interface SideEvidence {
  /** In the route of the stage, over all segments that follow the rollout. Null: nobody asked it. */
  readonly cell: EvidenceCell | null;
  /** The same for each segment on its own, by name; a segment without a request is not there. */
  readonly segments: ReadonlyMap<string, EvidenceCell>;
  /** By name of the metric; one that was not read is not there. */
  readonly metrics: ReadonlyMap<string, MetricReading>;
}

export interface Evidence {
  readonly candidate: SideEvidence;
  /** Beside it: in shadow and canary as champion; in an experiment as champion; after a switch as the shadow of the candidate. */
  readonly champion: SideEvidence;
}

export type StagePhase = 'shadow' | 'canary' | 'experiment' | 'blue-green';

export interface AnalysisRule {
  readonly analysis: Strategy['analysis'];
  readonly phase: StagePhase;
  /** How many stages the strategy has, this one included. */
  readonly stages: number;
  /** How many versions are held to the champion in this stage: of an experiment the asked one and the other arms, else one. */
  readonly arms: number;
  /** The metrics that the strategy names, by name. */
  readonly metrics: ReadonlyMap<string, Metric>;
  /** Critical segments that follow the rollout: pinned ones get no candidate. */
  readonly criticalSegments: readonly string[];
}

/** How often a bound may be wrong, ever, however often the evidence is looked at. */
export interface ErrorBudget {
  readonly pass: number;
  readonly fail: number;
}

/**
 * A harmful version goes live only when every stage lets it through, so each stage may spend the whole budget on a wrong pass. A good one goes down
 * by the first fail of any test in any stage, so they share theirs; and the arms of an experiment share it again, so that more of them make no wrong fail likelier.
 */
export function errorBudget({ analysis, arms, criticalSegments, stages }: AnalysisRule): ErrorBudget {
  const { confidence, fallbackShareMargin, latency, metrics, scoreShiftMargin, segmentErrorRateMargin } = analysis;
  const single = [latency, scoreShiftMargin, fallbackShareMargin].filter((one) => one !== undefined).length;
  const segments = segmentErrorRateMargin === undefined ? 0 : criticalSegments.length;
  const conditions = metrics.flatMap(({ margin, max, min }) => [margin, max, min].filter((one) => one !== undefined));
  const tests = 1 + single + segments + conditions.length;
  return { pass: 1 - confidence, fail: (1 - confidence) / (stages * tests * arms) };
}
