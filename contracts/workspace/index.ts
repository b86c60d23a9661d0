export { DOCUMENT_FOLDERS, type Placement, placeOf } from './document-path.js';
export { ParsedFiles, type ParsedWorkspace, parseWorkspace, requireWorkspace } from './parse-workspace.js';
export { type DocumentName, type ReliedOn, reliedOn } from './relied-on.js';
export * from './workspace.js';
