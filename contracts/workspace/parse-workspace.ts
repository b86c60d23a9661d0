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

/** What single documents said before, by path: a long-running reader parses again only what has changed. */
export class ParsedFiles {
  readonly #parsed = new Map<string, ParsedFile>();

  /** `parse` is called when the text is another than before. */
  of(path: string, text: string, parse: () => Omit<ParsedFile, 'text'>): ParsedFile {
    const before = this.#parsed.get(path);
    if (before?.text === text) return before;
    const parsed = { text, ...parse() };
    this.#parsed.set(path, parsed);
    return parsed;
  }

  /** Forgets what is no longer there. */
  keepOnly(paths: ReadonlyMap<string, unknown>): void {
    for (const path of this.#parsed.keys()) if (!paths.has(path)) this.#parsed.delete(path);
  }
}

interface ParsedFile {
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly files: readonly DocumentFile[];
}

/**
 * Reads and cross-checks all documents of a repository. `files` maps paths (relative to the repository, with `/`) to texts;
 * what is no document is passed over. Pure; never throws; one wrong document does not hide what is wrong in another,
 * and a document that names a wrong one is not blamed for it. `before` may carry what an earlier call has parsed.
 */
export function parseWorkspace(files: ReadonlyMap<string, string>, before = new ParsedFiles()): ParsedWorkspace {
  const parsed = [...files].map(([path, text]) => before.of(path, text, () => readFile(path, text)));
  before.keepOnly(files);
  const findings = parsed.flatMap((one) => one.findings);
  const documents = documentSet(parsed.flatMap((one) => one.files));
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
    hint: 'Correct the findings above; `signalbox validate` checks all again.',
    findings,
  });
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function readFile(path: string, text: string): Omit<ParsedFile, 'text'> {
  const placement = placeOf(path);
  if (placement.is === 'other') return { findings: [], files: [] };
  if (placement.is === 'misplaced') {
    return { findings: [{ ...placement.problem, severity: 'error', place: { file: path } }], files: [] };
  }
  const parsed = parseDocument(placement.kind, { file: path, text });
  const { document, draft, locate } = parsed;
  const { kind, parts } = placement;
  const file = { kind, parts, file: path, document, wellFormed: document, draft, locate };
  return { findings: parsed.findings, files: [file] };
}

function countDocuments(documents: DocumentSet): Record<DocumentKind, number> {
  return Object.fromEntries(
    (Object.keys(DOCUMENTS) as DocumentKind[]).map((kind) => [kind, documents[kind].size]),
  ) as Record<DocumentKind, number>;
}
