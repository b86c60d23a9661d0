export * from './duration.js';
export * from './instant.js';
export * from './size.js';
