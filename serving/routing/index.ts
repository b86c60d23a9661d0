export * from './route.js';
export * from './segments.js';
