export { buildDataset, type DatasetRequest, type DatasetResult } from './build-dataset.js';
