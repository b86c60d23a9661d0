import { DOCUMENTS, type DocumentKind } from '../documents/registry.js';
import { byPlace, type Finding } from '../errors/finding.js';
import { SignalboxError } from '../errors/signalbox-error.js';
import { parseDocument } from '../parsing/parse-document.js';
import { buildWorkspace } from './build-workspace.js';
import { checkDocuments } from './check-documents.js';
import { placeOf } from './document-path.js';
import { type DocumentFile, type DocumentSet, documentSet } from './document-set.js';
import type { Workspace } from './workspace.js';

export interface ParsedWorkspace {
  /** The documents that could be read. Use it only when no finding is an error. */
  readonly workspace: Workspace;
  /** Everything that is wrong, in reading order. */
  readonly findings: readonly Finding[];
  /** How many documents there are of each kind, the wrong ones included. */
  readonly counts: Readonly<Record<DocumentKind, number>>;
}

/**
 * Reads and cross-checks all documents of a repository. `files` maps paths (relative to the repository, with `/`) to texts;
 * what is no document is passed over. Pure; never throws; one wrong document does not hide what is wrong in another,
 * and a document that names a wrong one is not blamed for it.
 */
export function parseWorkspace(files: ReadonlyMap<string, string>): ParsedWorkspace {
  const findings: Finding[] = [];
  const documents = documentSet([...files].flatMap(([path, text]) => readFile({ path, text, findings })));
  checkDocuments(documents, findings);
  return { workspace: buildWorkspace(documents), findings: findings.sort(byPlace), counts: countDocuments(documents) };
}

/** The workspace of documents that have no error. Throws `input/invalid-documents` with all findings. */
export function requireWorkspace({ workspace, findings }: ParsedWorkspace): Workspace {
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length === 0) return workspace;
  const files = new Set(errors.map((finding) => finding.place.file)).size;
  const message = `expected valid documents, found ${count(errors.length, 'error')} in ${count(files, 'file')}`;
  throw new SignalboxError('input/invalid-documents', message, {
    hint: 'Correct the findings above; `signalbox validate` lists them all again.',
    findings,
  });
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function readFile({ path, text, findings }: { path: string; text: string; findings: Finding[] }): DocumentFile[] {
  const placement = placeOf(path);
  if (placement.is === 'other') return [];
  if (placement.is === 'misplaced') {
    findings.push({ ...placement.problem, severity: 'error', place: { file: path } });
    return [];
  }
  const parsed = parseDocument(placement.kind, { file: path, text });
  findings.push(...parsed.findings);
  const { document, draft, locate } = parsed;
  return [{ kind: placement.kind, parts: placement.parts, file: path, document, draft, locate }];
}

function countDocuments(documents: DocumentSet): Record<DocumentKind, number> {
  return Object.fromEntries(
    (Object.keys(DOCUMENTS) as DocumentKind[]).map((kind) => [kind, documents[kind].size]),
  ) as Record<DocumentKind, number>;
}
