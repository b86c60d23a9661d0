export type { PodView, Readiness } from './pod-view.js';
export { createServer, type ServerOptions } from './server.js';
