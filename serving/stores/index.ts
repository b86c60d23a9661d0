export * from './blob-store.js';
export * from './event-log.js';
export * from './online-store.js';
