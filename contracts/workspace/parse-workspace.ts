import { DOCUMENTS, type DocumentKind } from '../documents/registry.js';
import { byPlace, type Finding } from '../errors/finding.js';
import { isSignalboxError, SignalboxError } from '../errors/signalbox-error.js';
import { compileView } from '../features/index.js';
import { parseDocument } from '../parsing/parse-document.js';
import type { Check, CheckContext } from './checks/check.js';
import { checkEntity } from './checks/entity.js';
import { checkEnvironment } from './checks/environment.js';
import { checkFeatureView } from './checks/feature-view.js';
import { checkHold } from './checks/hold.js';
import { checkModel } from './checks/model.js';
import { checkPolicy } from './checks/policy.js';
import { checkRelease } from './checks/release.js';
import { checkSource } from './checks/source.js';
import { checkStrategy } from './checks/strategy.js';
import { checkVersionRecord } from './checks/version-record.js';
import { placeOf } from './document-path.js';
import { type DocumentFile, type DocumentSet, documentSet, findingAt, validDocuments } from './document-set.js';
import type { EnvironmentWorkspace, Workspace } from './workspace.js';

/** In dependency order: whoever is named is checked before who names it. */
const CHECKS: { readonly [K in DocumentKind]: Check<K> } = {
  source: checkSource,
  entity: checkEntity,
  'feature-view': checkFeatureView,
  model: checkModel,
  'version-record': checkVersionRecord,
  strategy: checkStrategy,
  policy: checkPolicy,
  environment: checkEnvironment,
  hold: checkHold,
  release: checkRelease,
};

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
  checkAll(documents, findings);
  return { workspace: toWorkspace(documents), findings: findings.sort(byPlace), counts: countDocuments(documents) };
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

function checkAll(documents: DocumentSet, findings: Finding[]): void {
  const compiled = new Map<string, readonly string[]>();
  const records = recordsByModel(documents);
  const context: CheckContext = {
    documents,
    featuresOf: (view) => compiled.get(view) ?? null,
    recordsOf: (model) => records.get(model) ?? [],
  };
  const sound = new Set<DocumentFile>();
  const told = new Set(findings.map(spotOf));
  for (const kind of Object.keys(CHECKS) as DocumentKind[]) {
    for (const file of documents[kind].values()) {
      const found = runCheck(kind, file, context).filter((finding) => !told.has(spotOf(finding)));
      findings.push(...found);
      if (file.document !== null && !found.some((finding) => finding.severity === 'error')) sound.add(file);
    }
    if (kind === 'feature-view') compileViews({ documents, sound, compiled, findings });
  }
}

/** A value that is wrong in form is told once, whatever else it breaks. */
function spotOf({ place }: Finding): string {
  return `${place.file}:${place.line}:${place.column}`;
}

function runCheck(kind: DocumentKind, file: DocumentFile, context: CheckContext): Finding[] {
  const { draft } = file;
  if (draft === null) return [];
  const found: Finding[] = [];
  try {
    for (const finding of (CHECKS[kind] as Check<DocumentKind>)({ ...file, document: draft }, context))
      found.push(finding);
  } catch (error) {
    // A draft may hold a duration or an instant that cannot be read: that has been told, and ends the checks of this document.
    if (file.document !== null || !isSignalboxError(error)) throw error;
  }
  return found;
}

/** The features of every view that has no finding, nor what it stands on. */
function compileViews(state: {
  readonly documents: DocumentSet;
  readonly sound: ReadonlySet<DocumentFile>;
  readonly compiled: Map<string, readonly string[]>;
  readonly findings: Finding[];
}): void {
  const { documents, sound, compiled, findings } = state;
  const isSound = (file: DocumentFile | undefined) => file !== undefined && sound.has(file);
  const definitions = {
    sources: validDocuments(documents, 'source'),
    entities: validDocuments(documents, 'entity'),
    views: validDocuments(documents, 'feature-view'),
  };
  for (const [name, file] of documents['feature-view']) {
    const view = file.document;
    if (!view || !isSound(file)) continue;
    const stands =
      view.kind === 'request' || [documents.source.get(view.source), documents.entity.get(view.entity)].every(isSound);
    if (!stands) continue;
    try {
      compiled.set(
        name,
        compileView(definitions, name).features.map((feature) => feature.name),
      );
    } catch (error) {
      if (!isSignalboxError(error)) throw error;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      findings.push(findingAt(file, [], { code: 'definition/invalid', message: error.message, ...hint }));
    }
  }
}

function recordsByModel(documents: DocumentSet): Map<string, DocumentFile<'version-record'>[]> {
  const records = new Map<string, DocumentFile<'version-record'>[]>();
  for (const record of documents['version-record'].values()) {
    const model = record.parts[0]!;
    records.set(model, [...(records.get(model) ?? []), record]);
  }
  for (const list of records.values()) list.sort((a, b) => Number(a.parts[1]) - Number(b.parts[1]));
  return records;
}

function toWorkspace(documents: DocumentSet): Workspace {
  return {
    sources: validDocuments(documents, 'source'),
    entities: validDocuments(documents, 'entity'),
    views: validDocuments(documents, 'feature-view'),
    models: validDocuments(documents, 'model'),
    versions: nested(validDocuments(documents, 'version-record'), Number),
    environments: environmentsOf(documents),
    strategies: validDocuments(documents, 'strategy'),
    policies: validDocuments(documents, 'policy'),
  };
}

function environmentsOf(documents: DocumentSet): Map<string, EnvironmentWorkspace> {
  const releases = nested(validDocuments(documents, 'release'), String);
  const holds = nested(validDocuments(documents, 'hold'), (sha256) => `sha256:${sha256}`);
  const environments = [...validDocuments(documents, 'environment')];
  return new Map(
    environments.map(([name, environment]) => [
      name,
      { environment, releases: releases.get(name) ?? new Map(), holds: holds.get(name) ?? new Map() },
    ]),
  );
}

/** `a/b` to a map of maps, inner keys in order. */
function nested<T, K extends string | number>(
  flat: ReadonlyMap<string, T>,
  keyOf: (part: string) => K,
): Map<string, Map<K, T>> {
  const outer = new Map<string, Map<K, T>>();
  for (const [path, value] of flat) {
    const [first, second] = path.split('/') as [string, string];
    if (!outer.has(first)) outer.set(first, new Map());
    outer.get(first)!.set(keyOf(second), value);
  }
  for (const inner of outer.values()) {
    const entries = [...inner].sort(([a], [b]) => (a < b ? -1 : 1));
    inner.clear();
    for (const [key, value] of entries) inner.set(key, value);
  }
  return outer;
}

function countDocuments(documents: DocumentSet): Record<DocumentKind, number> {
  return Object.fromEntries(
    (Object.keys(DOCUMENTS) as DocumentKind[]).map((kind) => [kind, documents[kind].size]),
  ) as Record<DocumentKind, number>;
}
