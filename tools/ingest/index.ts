export { digestFile, hasBlob, putFileBlob } from './file-blob.js';
export * from './ingest-source.js';
