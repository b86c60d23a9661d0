export * from './compare.js';
export * from './runs.js';
