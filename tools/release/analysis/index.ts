export * from './judge-evidence.js';
