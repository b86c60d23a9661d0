export * from './attempts.js';
export { Breakers } from './breakers.js';
export * from './reasons.js';
export * from './rule.js';
