export type { DemoResult } from './closing.js';
export { type DemoOptions, runDemo } from './run-demo.js';
export { type DemoSummary, writeSummary } from './summary.js';
