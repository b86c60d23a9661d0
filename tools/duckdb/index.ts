export * from './duckdb.js';
