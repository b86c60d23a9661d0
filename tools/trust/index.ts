export * from './build-root.js';
export * from './expiries.js';
export * from './keys.js';
export * from './publish.js';
export * from './read-published.js';
export * from './repository.js';
