export { describeTypes } from './describe-value.js';
export { editorSchema } from './editor-schema.js';
export { type FieldPath, formatFieldPath } from './field-path.js';
export { FORMS } from './forms.js';
export type { JsonSchema } from './json-schema.js';
export { type DocumentText, type ParsedDocument, parseDocument } from './parse-document.js';
export {
  type AnyDocumentKind,
  documentSchema,
  type Problem,
  type Validation,
  validateValue,
} from './validate-value.js';
export { MAX_DOCUMENT_CHARACTERS, MAX_DOCUMENTS_BYTES, type Position, readYaml } from './yaml.js';
