export * from './metrics.js';
export * from './outcome-log.js';
export * from './prediction-id.js';
export * from './prediction-log.js';
export * from './segment-log.js';
export * from './series.js';
export * from './status-writer.js';
export * from './version-counts.js';
