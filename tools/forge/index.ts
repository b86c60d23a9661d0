export * from './commit-files.js';
export * from './files-at-commit.js';
export * from './forge.js';
export * from './git.js';
export * from './identity.js';
export * from './local-forge.js';
export * from './merge-commit.js';
export * from './open-forge.js';
