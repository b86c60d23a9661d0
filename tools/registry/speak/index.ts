export type { Obstacle } from './obstacles.js';
export * from './request.js';
export * from './speak.js';
export { GATES_CHECK, type Outcome } from './statement.js';
