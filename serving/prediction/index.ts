export * from './loaded-version.js';
export * from './parse-request.js';
export * from './prediction.js';
export * from './predictor.js';
export * from './predictor-options.js';
export * from './public-inputs.js';
export * from './request.js';
export * from './serving-table.js';
