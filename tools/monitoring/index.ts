export * from './describe.js';
export type { SignalWindow } from './drift/judge-window.js';
export * from './monitor.js';
export * from './monitor-environment.js';
export * from './report.js';
