export { renderReport } from './render-report.js';
export type {
  DriftSignal,
  ReportAct,
  ReportBlocked,
  ReportData,
  ReportDrift,
  ReportGraph,
  ReportGraphNode,
  ReportLineage,
  ReportParity,
  ReportRollback,
  ReportVersion,
  RequestCounts,
  RolloutEntry,
  ScoredRows,
  TrafficBin,
} from './report-data.js';
export { count } from './words.js';
