export * from './json-cache.js';
