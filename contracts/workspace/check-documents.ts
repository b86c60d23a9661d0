import type { DocumentKind } from '../documents/registry.js';
import type { Finding } from '../errors/finding.js';
import { isSignalboxError } from '../errors/signalbox-error.js';
import { compileView } from '../features/index.js';
import type { Check, CheckContext } from './checks/check.js';
import { checkEntity } from './checks/entity.js';
import { checkEnvironment } from './checks/environment.js';
import { checkFeatureView } from './checks/feature-view.js';
import { checkFreeze } from './checks/freeze.js';
import { checkConfirmation, checkHold } from './checks/hold.js';
import { checkMetric } from './checks/metric.js';
import { checkModel } from './checks/model.js';
import { checkPolicy } from './checks/policy.js';
import { checkRelease } from './checks/release.js';
import { checkSource } from './checks/source.js';
import { checkStrategy } from './checks/strategy.js';
import { checkVersionRecord } from './checks/version-record.js';
import { type DocumentFile, type DocumentSet, findingAt, validDocuments } from './document-set.js';

/** In dependency order: whoever is named is checked before who names it. */
const CHECKS: { readonly [K in DocumentKind]: Check<K> } = {
  source: checkSource,
  entity: checkEntity,
  'feature-view': checkFeatureView,
  model: checkModel,
  'version-record': checkVersionRecord,
  metric: checkMetric,
  strategy: checkStrategy,
  policy: checkPolicy,
  environment: checkEnvironment,
  hold: checkHold,
  freeze: checkFreeze,
  confirmation: checkConfirmation,
  release: checkRelease,
};

/** Checks every document among the others. Adds to `findings`, and takes the content of documents that turn out wrong from the set. */
export function checkDocuments(documents: DocumentSet, findings: Finding[]): void {
  const compiled = new Map<string, readonly string[]>();
  const records = recordsByModel(documents);
  const context: CheckContext = {
    documents,
    featuresOf: (view) => compiled.get(view) ?? null,
    recordsOf: (model) => records.get(model) ?? [],
  };
  const told = new Set(findings.map(spotOf));
  for (const kind of Object.keys(CHECKS) as DocumentKind[]) {
    const files = documents[kind] as Map<string, DocumentFile>;
    for (const [name, file] of files) {
      const found = runCheck(kind, file, context).filter((finding) => !told.has(spotOf(finding)));
      for (const finding of found) findings.push(finding);
      // Who names this document is then checked as if its content were not known.
      if (found.some((finding) => finding.severity === 'error')) files.set(name, { ...file, document: null });
    }
    if (kind === 'feature-view') compileViews({ documents, compiled, findings });
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

/** The features of every view that has no error, nor what it stands on. */
function compileViews(state: {
  readonly documents: DocumentSet;
  readonly compiled: Map<string, readonly string[]>;
  readonly findings: Finding[];
}): void {
  const { documents, compiled, findings } = state;
  const views = validDocuments(documents, 'feature-view');
  const sources = validDocuments(documents, 'source');
  const entities = validDocuments(documents, 'entity');
  for (const [name, view] of views) {
    if (view.kind === 'aggregate' && !(sources.has(view.source) && entities.has(view.entity))) continue;
    try {
      const features = compileView({ sources, entities, views }, name).features;
      compiled.set(
        name,
        features.map((feature) => feature.name),
      );
    } catch (error) {
      if (!isSignalboxError(error)) throw error;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      const file = documents['feature-view'].get(name)!;
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
