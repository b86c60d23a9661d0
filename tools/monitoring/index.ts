export * from './monitor.js';
export * from './report.js';
