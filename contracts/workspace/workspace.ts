import type { Environment } from '../documents/environment.js';
import type { FeatureView } from '../documents/feature-view.js';
import type { Confirmation, Freeze, Hold } from '../documents/hold.js';
import type { Metric } from '../documents/metric.js';
import type { Model } from '../documents/model.js';
import type { Policy } from '../documents/policy.js';
import type { Release } from '../documents/release.js';
import type { Entity, Source } from '../documents/source.js';
import type { Strategy } from '../documents/strategy.js';
import type { VersionRecord } from '../documents/version-record.js';

/** Every document of a repository at one commit (or in one work tree), parsed and cross-checked. Keys are names from paths. What is not there could not be read, or may not be relied on. */
export interface Workspace {
  readonly sources: ReadonlyMap<string, Source>;
  readonly entities: ReadonlyMap<string, Entity>;
  readonly views: ReadonlyMap<string, FeatureView>;
  readonly models: ReadonlyMap<string, Model>;
  /** By model, then by version number. */
  readonly versions: ReadonlyMap<string, ReadonlyMap<number, VersionRecord>>;
  readonly environments: ReadonlyMap<string, EnvironmentWorkspace>;
  readonly strategies: ReadonlyMap<string, Strategy>;
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly policies: ReadonlyMap<string, Policy>;
}

export interface EnvironmentWorkspace {
  readonly environment: Environment;
  /** By model. */
  readonly releases: ReadonlyMap<string, Release>;
  /** By package digest (`sha256:…`). */
  readonly holds: ReadonlyMap<string, Hold>;
  /** By package digest. */
  readonly confirmations: ReadonlyMap<string, Confirmation>;
  /** By name. */
  readonly freezes: ReadonlyMap<string, Freeze>;
}
