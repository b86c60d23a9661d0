import { DOCUMENTS, type DocumentKind, type DocumentOf } from '../documents/registry.js';
import type { Finding } from '../errors/finding.js';
import type { FindingCode } from '../errors/finding-codes.js';
import { type FieldPath, formatFieldPath } from '../parsing/field-path.js';
import type { ParsedDocument } from '../parsing/parse-document.js';

/** One document with its place. */
export interface DocumentFile<K extends DocumentKind = DocumentKind> {
  readonly kind: K;
  readonly file: string;
  /** What the placeholders of its path stand for: `[environment, model]` of a release. */
  readonly parts: readonly string[];
  /** Null when the file has errors: it exists, but others can't rely on what it says. */
  readonly document: DocumentOf<K> | null;
  /** What it says where only its place among the others is wrong, such as a name that it refers to; null where it is wrong by itself. */
  readonly wellFormed: DocumentOf<K> | null;
  /** What its own checks may read even so; see `ParsedDocument`. */
  readonly draft: DocumentOf<K> | null;
  readonly locate: ParsedDocument<K>['locate'];
}

/** Documents by kind, then by the parts of their path joined by `/`. */
export type DocumentSet = { readonly [K in DocumentKind]: ReadonlyMap<string, DocumentFile<K>> };

export function documentSet(files: readonly DocumentFile[]): DocumentSet {
  const byKind = Object.keys(DOCUMENTS).map((kind) => {
    const ofKind = files.filter((file) => file.kind === kind);
    return [kind, new Map(ofKind.map((file) => [file.parts.join('/'), file]))] as const;
  });
  return Object.fromEntries(byKind) as unknown as DocumentSet;
}

/** The documents of a kind that could be read, by name. */
export function validDocuments<K extends DocumentKind>(set: DocumentSet, kind: K): Map<string, DocumentOf<K>> {
  const files = [...(set[kind] as ReadonlyMap<string, DocumentFile<K>>)];
  return new Map(files.flatMap(([name, { document }]) => (document === null ? [] : [[name, document] as const])));
}

/** The same with those that are only wrong among the others: what runs must be able to go back to them. */
export function wellFormedDocuments<K extends DocumentKind>(set: DocumentSet, kind: K): Map<string, DocumentOf<K>> {
  const files = [...(set[kind] as ReadonlyMap<string, DocumentFile<K>>)];
  return new Map(files.flatMap(([name, { wellFormed }]) => (wellFormed === null ? [] : [[name, wellFormed] as const])));
}

export interface Complaint {
  readonly code: FindingCode;
  readonly message: string;
  readonly hint?: string;
  readonly severity?: Finding['severity'];
  /** Point at the key rather than at its value. */
  readonly atKey?: boolean;
}

/** A finding about one value of a document, where it stands. */
export function findingAt(
  document: Pick<DocumentFile, 'file' | 'locate'>,
  path: FieldPath,
  complaint: Complaint,
): Finding {
  const { code, message, hint, severity = 'error', atKey = false } = complaint;
  const field = formatFieldPath(path);
  return {
    code,
    severity,
    message,
    place: {
      file: document.file,
      ...document.locate(path, atKey ? 'key' : 'value'),
      ...(field === '' ? {} : { field }),
    },
    ...(hint === undefined ? {} : { hint }),
  };
}
