export { type DemoOptions, type DemoResult, runDemo } from './run-demo.js';
export { type DemoSummary, writeSummary } from './summary.js';
