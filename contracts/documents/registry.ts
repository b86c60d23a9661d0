import type { Static, TSchema } from '@sinclair/typebox';
import { Environment } from './environment.js';
import { FeatureView } from './feature-view.js';
import { Confirmation, Freeze, Hold } from './hold.js';
import { Metric } from './metric.js';
import { Model } from './model.js';
import { Policy } from './policy.js';
import { Release } from './release.js';
import { RolloutManifest } from './rollout-manifest.js';
import { Entity, Source } from './source.js';
import { Strategy } from './strategy.js';
import { VersionRecord } from './version-record.js';

/** One row a document that people or the pipeline write in Git: where it lives and what it must look like. */
export const DOCUMENTS = {
  source: { schema: Source, path: 'features/sources/<name>.yaml' },
  entity: { schema: Entity, path: 'features/entities/<name>.yaml' },
  'feature-view': { schema: FeatureView, path: 'features/views/<name>.yaml' },
  model: { schema: Model, path: 'models/<model>/model.yaml' },
  'version-record': { schema: VersionRecord, path: 'models/<model>/versions/<version>.yaml' },
  environment: { schema: Environment, path: 'releases/<environment>/environment.yaml' },
  hold: { schema: Hold, path: 'releases/<environment>/holds/<sha256>.yaml' },
  freeze: { schema: Freeze, path: 'releases/<environment>/freezes/<name>.yaml' },
  confirmation: { schema: Confirmation, path: 'releases/<environment>/confirmations/<sha256>.yaml' },
  metric: { schema: Metric, path: 'releases/metrics/<name>.yaml' },
  strategy: { schema: Strategy, path: 'releases/strategies/<name>.yaml' },
  policy: { schema: Policy, path: 'releases/policies/<name>.yaml' },
  release: { schema: Release, path: 'releases/<environment>/<model>.yaml' },
} as const satisfies Record<string, { schema: TSchema; path: string }>;

export type DocumentKind = keyof typeof DOCUMENTS;
export type DocumentOf<K extends DocumentKind | MachineDocumentKind> = Static<
  (typeof DOCUMENTS & typeof MACHINE_DOCUMENTS)[K]['schema']
>;

/** Documents that machines exchange. They have a schema and a reference page, and no place in Git. */
export const MACHINE_DOCUMENTS = { 'rollout-manifest': { schema: RolloutManifest } } as const;

export type MachineDocumentKind = keyof typeof MACHINE_DOCUMENTS;
