export * from './json-cache.js';
export * from './temporary-folder.js';
