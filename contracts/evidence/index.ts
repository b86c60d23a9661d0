export * from './bins.js';
export * from './cells.js';
export * from './latency.js';
export * from './profile.js';
export * from './segment.js';
export * from './segment-key.js';
