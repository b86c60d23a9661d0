import { type DocumentSet, validDocuments, wellFormedDocuments } from './document-set.js';
import type { EnvironmentWorkspace, Workspace } from './workspace.js';

/**
 * The workspace of the documents that are right. What says what runs and how that is judged (environments, releases, holds, records, strategies, model cards)
 * is there also where it is only wrong among the others, such as by a metric that is gone: its error is a finding, which lets nothing start, and neither
 * going back nor judging must depend on it.
 */
export function buildWorkspace(documents: DocumentSet): Workspace {
  return {
    sources: validDocuments(documents, 'source'),
    entities: validDocuments(documents, 'entity'),
    views: validDocuments(documents, 'feature-view'),
    models: wellFormedDocuments(documents, 'model'),
    versions: nested(wellFormedDocuments(documents, 'version-record'), Number),
    environments: environmentsOf(documents),
    strategies: wellFormedDocuments(documents, 'strategy'),
    metrics: validDocuments(documents, 'metric'),
    policies: validDocuments(documents, 'policy'),
  };
}

function environmentsOf(documents: DocumentSet): Map<string, EnvironmentWorkspace> {
  const releases = nested(wellFormedDocuments(documents, 'release'), String);
  const holds = nested(wellFormedDocuments(documents, 'hold'), (sha256) => `sha256:${sha256}`);
  const confirmations = nested(validDocuments(documents, 'confirmation'), (sha256) => `sha256:${sha256}`);
  const freezes = nested(validDocuments(documents, 'freeze'), String);
  const environments = [...wellFormedDocuments(documents, 'environment')];
  return new Map(
    environments.map(([name, environment]) => [
      name,
      {
        environment,
        releases: releases.get(name) ?? new Map(),
        holds: holds.get(name) ?? new Map(),
        confirmations: confirmations.get(name) ?? new Map(),
        freezes: freezes.get(name) ?? new Map(),
      },
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
