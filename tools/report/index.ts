export { renderReport } from './render-report.js';
export type {
  ReportAct,
  ReportData,
  ReportParity,
  ReportRollback,
  ReportVersion,
  RequestCounts,
  RolloutEntry,
  ScoredRows,
  TrafficBin,
} from './report-data.js';
export { count } from './words.js';
