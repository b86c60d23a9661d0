export * from './attempts.js';
export * from './reasons.js';
export * from './rule.js';
