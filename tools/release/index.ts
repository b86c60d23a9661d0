export * from './daemon.js';
export * from './describe.js';
export * from './desired.js';
export * from './evidence.js';
export * from './main-branch.js';
export * from './open-environment.js';
export * from './pass.js';
export * from './reconcile/index.js';
