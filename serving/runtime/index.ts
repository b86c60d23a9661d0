export * from './batcher.js';
export * from './golden.js';
export * from './limits.js';
export * from './open-model.js';
export type { ModelSpec } from './protocol.js';
