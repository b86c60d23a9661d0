export { generateDocumentation } from './documentation.js';
export { generateFor, writeDocumentation } from './files.js';
