export * from './blob-store.js';
export * from './event-log.js';
export * from './folder-blob-store.js';
export * from './json-blobs.js';
export * from './lmdb-online-store.js';
export * from './local-event-log.js';
export * from './online-store.js';
export * from './open.js';
