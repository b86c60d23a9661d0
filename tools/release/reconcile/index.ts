export * from './input.js';
export { decidingRule, RULES, reconcile } from './reconcile.js';
export * from './stages.js';
export * from './state.js';
