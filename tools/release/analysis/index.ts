export * from './judge-evidence.js';
export * from './judge-experiment.js';
export type { MetricReading, MetricReadings } from './metric-reading.js';
export type { AnalysisRule, Evidence, SideEvidence, StagePhase } from './rule.js';
export { SAMPLE_RATIO_ID } from './sample-ratio.js';
