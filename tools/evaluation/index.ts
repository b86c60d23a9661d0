export * from './compare-scores.js';
export * from './evaluate.js';
export * from './metrics.js';
export * from './read-rows.js';
export * from './score-rows.js';
