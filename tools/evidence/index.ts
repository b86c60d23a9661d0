export * from './answers.js';
export * from './outcomes.js';
export { type PodQuestion, type PodReport, PodReports, staleAfterMs } from './pod-reports.js';
export { parsePodStatus } from './pod-status.js';
export * from './pods.js';
export * from './prediction-records.js';
export { readWindows, type Windows, type WindowsQuestion } from './read-windows.js';
export type { ModelEvidence } from './segment-run.js';
