export * from './evidence.js';
export * from './gate.js';
export { between, count, figure } from './words.js';
