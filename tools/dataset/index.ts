export { buildDataset, type DatasetRequest, type DatasetResult } from './build-dataset.js';
export { computeView, type PlanKind, type ViewComputation } from './compute-view.js';
export {
  type HistoricalEvents,
  type HistoricalQuestion,
  type HistoricalRequest,
  historicalFeatures,
} from './historical-features.js';
