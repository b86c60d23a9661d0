import type { DocumentOf } from '../documents/registry.js';
import { byPlace, type Finding } from '../errors/finding.js';
import { type FieldPath, formatFieldPath } from './field-path.js';
import { type AnyDocumentKind, documentSchema, type Problem, validateValue } from './validate-value.js';
import { type Position, parseYaml } from './yaml.js';

export interface DocumentText {
  /** As findings name it; nothing is read. */
  readonly file: string;
  readonly text: string;
}

export interface ParsedDocument<K extends AnyDocumentKind> {
  /** With defaults filled in; null when any finding is an error. */
  readonly document: DocumentOf<K> | null;
  /** The document as far as it goes: right in shape, maybe with unknown keys and values of a wrong form. For checks that go on. */
  readonly draft: DocumentOf<K> | null;
  readonly findings: readonly Finding[];
  /** Where a value of the document stands in its file. */
  locate(path: FieldPath, what?: 'key' | 'value'): Position;
}

const START: Position = { line: 1, column: 1 };

/** Reads one document from YAML (or JSON, which is YAML). Never throws; answers all findings of the file at once, up to some hundreds. */
export function parseDocument<K extends AnyDocumentKind>(kind: K, { file, text }: DocumentText): ParsedDocument<K> {
  const { tree, findings } = parseYaml(file, text);
  if (!tree) {
    const told = findings.map((finding) => addExpected(finding, kind));
    return { document: null, draft: null, findings: told, locate: () => START };
  }
  const locate = tree.locate;
  const { problems, shaped } = validateValue(kind, tree.value);
  const all = [...findings, ...problems.map((problem) => toFinding(file, problem, locate))].sort(byPlace);
  const draft = shaped ? (tree.value as DocumentOf<K>) : null;
  return { document: all.length === 0 ? draft : null, draft, findings: all, locate };
}

function toFinding(file: string, problem: Problem, locate: ParsedDocument<AnyDocumentKind>['locate']): Finding {
  const { code, message, hint, path, step } = problem;
  const position = locate(path, step === undefined ? 'value' : 'key');
  const field = formatFieldPath(path);
  return {
    code,
    severity: 'error',
    message,
    place: { file, ...position, ...(field === '' ? {} : { field }) },
    ...(hint === undefined ? {} : { hint }),
  };
}

/** An empty file says nothing about what it should hold, so the finding does. */
function addExpected(finding: Finding, kind: AnyDocumentKind): Finding {
  if (finding.code !== 'yaml/empty') return finding;
  const schema = documentSchema(kind);
  const keys = (schema.required ?? ['kind']).join(', ');
  return { ...finding, message: `expected a document of kind "${kind}" with the keys ${keys}; the file is empty` };
}
