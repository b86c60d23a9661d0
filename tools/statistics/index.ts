export * from './bca.js';
export * from './binary.js';
export * from './generator.js';
export * from './normal.js';
export * from './proportion.js';
export * from './statistic.js';
