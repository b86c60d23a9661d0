export * from './fetch-package.js';
export * from './oci-manifest.js';
export * from './read-package.js';
