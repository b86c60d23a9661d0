import { join } from 'node:path';
import {
  type CompiledAggregateView,
  checkExpression,
  columnVariables,
  compileBundle,
  compileSource,
  type DatasetRecord,
  digestJson,
  type FeatureBundle,
  type Model,
  quoteIdentifier,
  quoteText,
  SignalboxError,
  type SnapshotRecord,
  type Workspace,
} from '@signalbox/contracts';
import { type BlobStore, blobKey, putJsonBlob, readJsonBlob } from '@signalbox/serving/stores';
import { openJsonCache, withTemporaryFolder } from '../cache/index.js';
import { type DuckDb, withDuckDb } from '../duckdb/index.js';
import { hasBlob, putFileBlob } from '../ingest/index.js';
import { computeBundle, sumsDoubles } from './compute-bundle.js';
import type { PlanKind } from './compute-view.js';
import { labelRowsSql, parquetRelation } from './label-rows.js';

export interface DatasetRequest {
  readonly workspace: Pick<Workspace, 'sources' | 'entities' | 'views' | 'models'>;
  readonly model: string;
  /** Another version's definitions, for the same labels; the model's own unless told. */
  readonly bundle?: FeatureBundle;
  /** The snapshot of each source that the label and the views read. */
  readonly snapshots: ReadonlyMap<string, { readonly digest: string; readonly snapshot: SnapshotRecord }>;
  /** Label times: from (included) to (excluded). */
  readonly fromUs: number;
  readonly toUs: number;
  readonly store: BlobStore;
  /** `.signalbox/cache` */
  readonly cacheFolder: string;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** For tests and benchmarks; chosen by cost unless told. */
  readonly plan?: PlanKind;
}

export interface DatasetResult {
  readonly dataset: DatasetRecord;
  readonly digest: string;
  readonly bundle: FeatureBundle;
  readonly cached: boolean;
}

/** Enters the digest of a dataset: raise it when the same inputs would come out otherwise. */
const FORMAT = 1;

/**
 * Builds the point-in-time dataset of a model for a period: the declared sample of labels, each with the features that could be known at its time. The same
 * inputs give the same bytes, and are looked up rather than computed again. Throws `input/unknown-reference`, `input/invalid-documents`, `input/bad-data`.
 */
export async function buildDataset(request: DatasetRequest): Promise<DatasetResult> {
  const { store, workspace, fromUs, toUs } = request;
  const bundle = request.bundle ?? compileBundle(workspace, request.model).bundle;
  const features = digestJson(bundle);
  const model = workspace.models.get(request.model)!;
  const snapshots = sourcesOf(model, bundle).map((name) => snapshotOf(request, name).digest);
  const cache = openJsonCache(request.cacheFolder);
  const key = {
    format: FORMAT,
    model: request.model,
    label: model.label as unknown,
    features,
    snapshots,
    fromUs,
    toUs,
  };
  const known = await cache.read<{ digest: string }>('dataset', key);
  if (known && (await hasBlob(store, known.digest))) {
    const dataset = await readJsonBlob<DatasetRecord>(store, known.digest);
    if (await hasBlob(store, dataset.file.digest)) return { dataset, digest: known.digest, bundle, cached: true };
  }
  const built = await compute({ request, model, bundle });
  const dataset: DatasetRecord = {
    schema: 'signalbox/dataset/1',
    model: request.model,
    snapshot: snapshots.length === 1 ? snapshots[0]! : digestJson(snapshots),
    features,
    fromUs,
    toUs,
    ...built,
  };
  const digest = await putJsonBlob(store, dataset);
  await cache.write('dataset', key, { digest });
  return { dataset, digest, bundle, cached: false };
}

const sourcesOf = (model: Model, bundle: FeatureBundle): string[] => [
  ...new Set([
    model.label.source,
    ...bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.source.name] : [])),
  ]),
];

function snapshotOf({ snapshots }: DatasetRequest, source: string) {
  const found = snapshots.get(source);
  if (found) return found;
  throw new SignalboxError('input/unknown-reference', `the dataset needs a snapshot of the source '${source}'`, {
    hint: `Run \`signalbox ingest ${source} --until <time>\` first.`,
  });
}

interface Computation {
  readonly request: DatasetRequest;
  readonly model: Model;
  readonly bundle: FeatureBundle;
}

async function compute(computation: Computation): Promise<Pick<DatasetRecord, 'rows' | 'file' | 'positives'>> {
  const { request, bundle } = computation;
  const oneThread = sumsDoubles(bundle, isDoubleInput);
  const options = {
    ...(oneThread ? { threads: 1 } : request.threads === undefined ? {} : { threads: request.threads }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
  return withTemporaryFolder(request.cacheFolder, 'dataset', (temporaryFolder) =>
    withDuckDb({ temporaryFolder, ...options }, (database) =>
      fill(computation, database, join(temporaryFolder, 'dataset.parquet')),
    ),
  );
}

function isDoubleInput(view: CompiledAggregateView, input: string): boolean {
  const check = checkExpression(input, columnVariables(view.source.columns));
  return check.ok && check.type === 'double';
}

async function fill({ request, model, bundle }: Computation, database: DuckDb, path: string) {
  const { label } = model;
  const files = new Map<string, string[]>();
  for (const name of sourcesOf(model, bundle)) {
    const { snapshot } = snapshotOf(request, name);
    files.set(name, await Promise.all(snapshot.files.map(({ digest }) => request.store.localPath(blobKey(digest)))));
  }
  const source = compileSource(request.workspace, label.source);
  const period = { files: files.get(label.source)!, fromUs: request.fromUs, toUs: request.toUs };
  await database.run(labelRowsSql(label, source, period));
  const tables = await computeBundle(database, bundle, {
    eventsOf: (name) => parquetRelation(files.get(name)!),
    keysOf: (entity) => entity.keys.map(({ name }) => columnOfKey(label, entity.name, name)),
    columnOf: (input) => label.request![input]!,
    ...(request.plan === undefined ? {} : { plan: request.plan }),
  });
  const [counts] = await database.rows<{ rows: number; positives: number }>(
    'SELECT count(*) AS rows, count(*) FILTER (label = 1) AS positives FROM requests',
  );
  if (!counts || counts.rows === 0) throw noLabels(request, label.source);
  await database.run(`
    COPY (SELECT ${datasetColumns(label, Object.keys(source.columns), bundle).join(', ')}
          FROM requests ${tables.map((table) => `JOIN ${table} USING (rid)`).join(' ')} ORDER BY rid)
    TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  return { rows: counts.rows, positives: counts.positives, file: await putFileBlob(request.store, path) };
}

/** Keys and request inputs first, under the names of their source columns, so that nothing is there twice. */
function datasetColumns(label: Model['label'], columns: readonly string[], bundle: FeatureBundle): string[] {
  const first = [
    ...Object.values(label.entities).flatMap((keys) => Object.values(keys)),
    ...Object.values(label.request ?? {}),
  ];
  const leading = [...new Set(first)];
  return [
    'label_id',
    'at_us',
    'known_at_us',
    ...leading.map(quoteIdentifier),
    ...bundle.order.map((name) => `"${name}"`),
    'label',
    ...columns.filter((name) => !leading.includes(name)).map(quoteIdentifier),
  ];
}

function columnOfKey(label: Model['label'], entity: string, key: string): string {
  const column = label.entities[entity]?.[key];
  if (column !== undefined) return column;
  throw new SignalboxError(
    'input/unknown-reference',
    `the label maps no column to the key '${key}' of the entity '${entity}'`,
    {
      hint: `Add \`${entity}: {${key}: <column>}\` under label.entities in model.yaml.`,
    },
  );
}

function noLabels({ model, fromUs, toUs }: DatasetRequest, source: string): SignalboxError {
  const day = (us: number): string => new Date(us / 1000).toISOString().slice(0, 10);
  return new SignalboxError(
    'input/bad-data',
    `the model '${model}' has no label between ${day(fromUs)} and ${day(toUs)}`,
    {
      hint: `Look at the period in models/${model}/model.yaml, and until when the source '${source}' was ingested.`,
    },
  );
}
