export type { PodView, Readiness } from './pod-view.js';
export { createServer } from './server.js';
export type { ServerOptions } from './server-options.js';
