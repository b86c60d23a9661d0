import type { ReportData } from '../report/index.js';
import type { Measured } from './played.js';
import { rolloutEntries } from './rollout-log.js';
import { ENVIRONMENT, MODEL, type Stage } from './stage.js';

/** Seconds of traffic that the plot of the rollback shows before and after what was allowed. */
const MARGIN_SECONDS = { before: 1, after: 0.5 } as const;

/** What was measured, as the report shows it. */
export function reportOf({ context, meter }: Stage, measured: Measured): ReportData {
  const {
    acts,
    actsEndUs,
    drifted,
    leaked,
    parity,
    publications,
    rollback,
    rollbackSeconds,
    traced,
    versions,
    wallSeconds,
  } = measured;
  const { fromVersion, toVersion, allowedSeconds, allowance, revertedAtMs } = rollback;
  const around = { before: MARGIN_SECONDS.before, after: allowedSeconds + MARGIN_SECONDS.after };
  return {
    title: 'A model is released, watched and taken back',
    model: MODEL,
    environment: ENVIRONMENT,
    generatedAtMs: context.wallNow(),
    requests: {
      total: meter.total,
      failed: meter.failures.length,
      degraded: meter.degraded,
      medianMs: meter.latencyMs(0.5),
      p99Ms: meter.latencyMs(0.99),
    },
    acts,
    wallSeconds,
    versions,
    rollout: rolloutEntries(publications, (wallMs) => meter.eventTimeAt(wallMs)),
    traffic: meter.trafficBins(actsEndUs),
    rollback: {
      fromVersion,
      toVersion,
      seconds: rollbackSeconds,
      allowedSeconds,
      allowance,
      answers: meter.around(revertedAtMs, around),
    },
    parity,
    blocked: [
      {
        number: leaked.proposed.pullRequest.number,
        title: leaked.proposed.pullRequest.title,
        change: leaked.change,
        verdicts: leaked.proposed.verdicts,
      },
    ],
    drift: { ...drifted.report, live: drifted.live, followedBy: drifted.followedBy },
    lineage: { prediction: traced.trace.prediction.id, story: traced.story, graph: traced.trace.graph },
  };
}
