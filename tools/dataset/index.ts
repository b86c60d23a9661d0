export { buildDataset, type DatasetRequest, type DatasetResult } from './build-dataset.js';
export { computeView, type PlanKind, type ViewComputation } from './compute-view.js';
export { featureQuestion, type NamedValues, parseAssignments } from './feature-question.js';
export {
  type HistoricalEvents,
  type HistoricalQuestion,
  type HistoricalRequest,
  historicalFeatures,
} from './historical-features.js';
export { takeSnapshots } from './take-snapshots.js';
