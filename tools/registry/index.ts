export * from './build-package.js';
export { packageCandidate, type Trained } from './candidate.js';
export * from './candidate-path.js';
export { type Champion, championOf } from './champion.js';
export * from './golden-inputs.js';
export { openPipeline, type Pipeline, type PipelineOptions } from './pipeline.js';
export * from './propose.js';
export * from './report.js';
export { formatVersionRecord, versionPath, versionRecord } from './version-record.js';
