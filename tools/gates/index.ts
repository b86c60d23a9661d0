export { absoluteVerdict } from './absolute.js';
export * from './evidence.js';
export * from './gate.js';
export { absoluteBounds } from './quality.js';
export { between, count, figure } from './words.js';
