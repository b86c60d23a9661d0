export { readerSql } from './data-schema.js';
export { digestFile, hasBlob, putFileBlob } from './file-blob.js';
export * from './ingest-source.js';
export { resolveDataFiles } from './resolve-data.js';
export { snapshotInputsPrefix } from './snapshot-inputs.js';
export { stagingSql } from './staging-sql.js';
