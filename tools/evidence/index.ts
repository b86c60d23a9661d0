export * from './prediction-records.js';
