export * from './input.js';
export { decidingRule, RULES, reconcile } from './reconcile.js';
export { publishedSegments } from './segments.js';
export * from './stages.js';
export * from './state.js';
