import {
  type DatasetRecord,
  digestJson,
  type FeatureBundle,
  type Model,
  parseInstantUs,
  SignalboxError,
  type SnapshotRecord,
} from '@signalbox/contracts';
import { blobKey } from '@signalbox/serving/stores';
import { buildDataset } from '../dataset/index.js';
import { count } from '../gates/index.js';
import { ingestSource } from '../ingest/index.js';
import { type Pipeline, step } from './pipeline.js';

export interface TakenSnapshot {
  readonly digest: string;
  readonly snapshot: SnapshotRecord;
}

/** The snapshot of each source that the label and the features read. */
export type Snapshots = ReadonlyMap<string, TakenSnapshot>;

export interface BuiltDataset {
  readonly record: DatasetRecord;
  readonly digest: string;
  /** The Parquet file on this machine. */
  readonly path: string;
}

/** Snapshots of everything that was observed before the evaluation ends: nothing later can get into any step. */
export async function takeSnapshots(pipeline: Pipeline, bundles: readonly FeatureBundle[]): Promise<Snapshots> {
  const { definition, repo, workspace, store, cacheFolder, signal } = pipeline;
  const untilUs = parseInstantUs(definition.evaluation.period.to);
  const sources = new Set([definition.label.source, ...bundles.flatMap(sourcesOf)]);
  const snapshots = new Map<string, { digest: string; snapshot: SnapshotRecord }>();
  for (const source of sources) {
    const { digest, snapshot } = await step(pipeline, {
      what: `snapshot of ${source} until ${definition.evaluation.period.to}`,
      work: () => ingestSource({ repo, workspace, source, untilUs, store, cacheFolder, signal }),
      note: (taken) => `${count(taken.snapshot.rows)} rows${taken.cached ? ', unchanged' : ''}`,
    });
    snapshots.set(source, { digest, snapshot });
  }
  return snapshots;
}

export interface DatasetWish {
  readonly snapshots: Snapshots;
  readonly period: Model['training']['period'];
  readonly bundle: FeatureBundle;
  /** `training` or `evaluation`, for people. */
  readonly purpose: string;
}

export async function makeDataset(pipeline: Pipeline, wish: DatasetWish): Promise<BuiltDataset> {
  const { workspace, model, store, cacheFolder, signal } = pipeline;
  assertEntities(pipeline.definition, wish.bundle);
  const { dataset, digest } = await step(pipeline, {
    what: `${wish.purpose} dataset from ${wish.period.from} to ${wish.period.to}`,
    work: () =>
      buildDataset({
        workspace,
        model,
        bundle: wish.bundle,
        snapshots: wish.snapshots,
        fromUs: parseInstantUs(wish.period.from),
        toUs: parseInstantUs(wish.period.to),
        store,
        cacheFolder,
        signal,
      }),
    note: ({ dataset: built, bundle, cached }) =>
      `${count(built.rows)} labels, ${bundle.order.length} features${cached ? ', unchanged' : ''}`,
  });
  return { record: dataset, digest, path: await store.localPath(blobKey(dataset.file.digest)) };
}

/**
 * One bundle with the features of both, the candidate's first, where the two agree on what their shared views mean; null where they do not,
 * and each then needs a dataset of its own.
 */
export function unitedBundle(candidate: FeatureBundle, champion: FeatureBundle): FeatureBundle | null {
  const views = new Map(candidate.views.map((view) => [view.name, view]));
  for (const view of champion.views) {
    const known = views.get(view.name);
    if (known !== undefined && digestJson(known) !== digestJson(view)) return null;
    views.set(view.name, view);
  }
  const more = champion.order.filter((name) => !candidate.order.includes(name));
  return { schema: candidate.schema, views: [...views.values()], order: [...candidate.order, ...more] };
}

const sourcesOf = (bundle: FeatureBundle): string[] =>
  bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.source.name] : []));

/** A champion may look at entities that the new label no longer names. */
function assertEntities({ label }: Model, bundle: FeatureBundle): void {
  for (const view of bundle.views) {
    if (view.kind !== 'aggregate' || label.entities[view.entity.name] !== undefined) continue;
    throw new SignalboxError(
      'input/unknown-reference',
      `the feature view "${view.name}" needs the entity "${view.entity.name}", which the label does not name`,
      { hint: `Add \`${view.entity.name}\` under label.entities in model.yaml; the champion's features need it too.` },
    );
  }
}
