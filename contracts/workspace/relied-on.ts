import type { DocumentKind, DocumentOf } from '../documents/registry.js';
import { pathOf } from './checks/check.js';
import type { Workspace } from './workspace.js';

/** A document by its kind and the parts of its path, joined by `/`: `['release', 'prod/late']`. */
export type DocumentName = readonly [kind: DocumentKind, name: string];

const nothing = (): readonly DocumentName[] => [];

/**
 * Which documents each kind relies on: what they say decides whether it is right, or what comes of it. One that it only names (a strategy that a policy
 * allows, a model that a release requires) is no such document. That this is all that checks read is held by a test.
 */
const RELIES_ON: {
  readonly [K in DocumentKind]: (document: DocumentOf<K>, parts: readonly string[]) => readonly DocumentName[];
} = {
  source: nothing,
  entity: nothing,
  metric: nothing,
  policy: nothing,
  'version-record': nothing,
  hold: nothing,
  freeze: nothing,
  confirmation: nothing,
  'feature-view': (view) =>
    view.kind === 'request'
      ? []
      : [
          ['entity', view.entity],
          ['source', view.source],
        ],
  model: ({ features, label }) => [
    ['source', label.source],
    ...Object.keys(label.entities).map((name): DocumentName => ['entity', name]),
    ...features.map((reference): DocumentName => ['feature-view', reference.split('.')[0]!]),
  ],
  strategy: ({ analysis, experiment }) =>
    [...analysis.metrics, ...(experiment ? [experiment] : [])].map(({ metric }): DocumentName => ['metric', metric]),
  // Not the one that versions come from: what runs there is asked of its store, and has reasons of its own to wait.
  environment: ({ policy }) => [['policy', policy]],
  release: ({ arms = [], fallback, segments = {}, strategy, version }, [environment, model]) => {
    const beside = [...Object.values(segments), ...(fallback ? [fallback] : [])].map((one) => one.version);
    return [
      ['environment', environment!],
      ['model', model!],
      ['strategy', strategy],
      ...[version, ...arms, ...beside].map((named): DocumentName => ['version-record', `${model}/${named}`]),
    ];
  },
};

const FIND: {
  readonly [K in DocumentKind]: (workspace: Workspace, parts: readonly string[]) => DocumentOf<K> | undefined;
} = {
  source: ({ sources }, [name]) => sources.get(name!),
  entity: ({ entities }, [name]) => entities.get(name!),
  'feature-view': ({ views }, [name]) => views.get(name!),
  metric: ({ metrics }, [name]) => metrics.get(name!),
  strategy: ({ strategies }, [name]) => strategies.get(name!),
  policy: ({ policies }, [name]) => policies.get(name!),
  model: ({ models }, [name]) => models.get(name!),
  'version-record': ({ versions }, [model, version]) => versions.get(model!)?.get(Number(version)),
  environment: ({ environments }, [name]) => environments.get(name!)?.environment,
  hold: ({ environments }, [name, sha256]) => environments.get(name!)?.holds.get(`sha256:${sha256}`),
  freeze: ({ environments }, [name, freeze]) => environments.get(name!)?.freezes.get(freeze!),
  confirmation: ({ environments }, [name, sha256]) => environments.get(name!)?.confirmations.get(`sha256:${sha256}`),
  release: ({ environments }, [name, model]) => environments.get(name!)?.releases.get(model!),
};

export interface ReliedOn {
  readonly file: string;
  readonly kind: DocumentKind;
  readonly isThere: boolean;
}

/** A document and all that it relies on, what these rely on included: itself first, each once. Pure. */
export function reliedOn(workspace: Workspace, from: DocumentName): readonly ReliedOn[] {
  const found = new Map<string, ReliedOn>();
  const names = [from];
  for (const [kind, name] of names) {
    const file = pathOf(kind, name);
    if (found.has(file)) continue;
    const parts = name.split('/');
    const document = FIND[kind](workspace, parts);
    found.set(file, { file, kind, isThere: document !== undefined });
    if (document !== undefined) names.push(...(RELIES_ON[kind] as ReliesOn)(document, parts));
  }
  return [...found.values()];
}

type ReliesOn = (document: DocumentOf<DocumentKind>, parts: readonly string[]) => readonly DocumentName[];
