import { columnVariables, compileSource, digestJson, quoteText } from '@signalbox/contracts';
import { withDuckDb } from '../duckdb/index.js';
import {
  count,
  type DeclaredTimesEvidence,
  type LeakEvidence,
  type OverlapEvidence,
  type ReplayEvidence,
} from '../gates/index.js';
import type { Judge } from './champion.js';
import type { BuiltDataset, Snapshots } from './data-steps.js';
import { arrivalsSql, readSameData, takeSnapshotAs } from './declared-arrivals.js';
import { countKnownEarly, labelReaders } from './declared-times.js';
import { mainArrivals } from './main-arrivals.js';
import { type Pipeline, step } from './pipeline.js';
import { recomputeFeatures } from './recompute-features.js';

/** Rises when the evidence comes to mean something else, so that what is cached is not used any more. */
const MEANING = 2;

export interface LeakInputs {
  readonly training: BuiltDataset;
  readonly evaluation: BuiltDataset;
  /** The branch's. */
  readonly snapshots: Snapshots;
  readonly judge: Judge;
}

/** What three independent looks for leaks found: declarations, a replay by the main branch's arrivals, rows in common. */
export async function leakEvidence(pipeline: Pipeline, inputs: LeakInputs): Promise<LeakEvidence> {
  const { bundle, definition, cache } = pipeline;
  const { training, evaluation, judge } = inputs;
  const key = {
    meaning: MEANING,
    bundle: digestJson(bundle),
    label: definition.label as unknown,
    data: [training.record.file.digest, evaluation.record.file.digest],
    sources: [pipeline.workspace, judge.workspace].map(({ sources }) => Object.fromEntries([...sources]) as unknown),
  };
  const known = await cache.read<LeakEvidence>('leak', key);
  if (known !== null) return known;
  const evidence = await step(pipeline, {
    what: 'leaks looked for',
    work: async () => ({
      declared: await declaredTimes(pipeline, inputs),
      replay: await replay(pipeline, inputs),
      overlap: await overlap(training, evaluation),
    }),
    note: ({ replay: { checked, differences } }) =>
      `${count(checked)} values replayed, ${count(differences.length)} differ`,
  });
  await cache.write('leak', key, evidence);
  return evidence;
}

async function declaredTimes(pipeline: Pipeline, { training, snapshots }: LeakInputs): Promise<DeclaredTimesEvidence> {
  const { bundle, definition, workspace } = pipeline;
  const { label } = definition;
  const columns = columnVariables(compileSource(workspace, label.source).columns);
  const readers = labelReaders(bundle, label, { columns, sources: await sourcesOfLabel(pipeline) });
  const told = readers.pastSources.map((name) =>
    name === label.source ? null : arrivalsOfLabel(pipeline, name, snapshots),
  );
  const arrivals = told.length === 0 ? [null] : await Promise.all(told);
  return { ...readers, ...(await countKnownEarly(training.path, arrivals)) };
}

async function sourcesOfLabel({ repo, bundle, definition, workspace }: Pipeline): Promise<readonly string[]> {
  const { source: own } = definition.label;
  const found = [own];
  const names = new Set(bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.source.name] : [])));
  for (const name of names) {
    if (name === own) continue;
    const [ours, theirs] = [workspace.sources.get(name)!, workspace.sources.get(own)!];
    if (await readSameData(repo, ours, theirs)) found.push(name);
  }
  return found;
}

/** When another source of the label's data says that its rows were known. They are numbered as in the label's own data. */
async function arrivalsOfLabel(pipeline: Pipeline, name: string, snapshots: Snapshots): Promise<string> {
  const { definition, store, workspace } = pipeline;
  const [source, { data }] = [workspace.sources.get(name)!, workspace.sources.get(definition.label.source)!];
  const same = digestJson(source.data) === digestJson(data);
  const taken = same ? snapshots.get(name)! : await takeSnapshotAs(pipeline, name, { ...source, data });
  return arrivalsSql(store, taken);
}

async function replay(pipeline: Pipeline, { training, snapshots, judge }: LeakInputs): Promise<ReplayEvidence> {
  const past = new Set(
    pipeline.bundle.views.flatMap((view) =>
      view.kind === 'aggregate' ? view.features.map(({ name }) => `${view.name}.${name}`) : [],
    ),
  );
  const pastFeatures = pipeline.bundle.order.filter((name) => past.has(name)).length;
  if (pastFeatures === 0) return NOTHING_ARRIVES;
  const arrivals = await mainArrivals(pipeline, judge, snapshots);
  return {
    pastFeatures,
    newSources: arrivals.newSources,
    earlierEvents: arrivals.earlierEvents,
    laterEvents: arrivals.laterEvents,
    ...(await recomputeFeatures(pipeline, training, arrivals.snapshots)),
  };
}

const NOTHING_ARRIVES: ReplayEvidence = {
  pastFeatures: 0,
  newSources: [],
  rows: 0,
  checked: 0,
  earlierEvents: 0,
  laterEvents: 0,
  differences: [],
};

/** Shared labels that a verdict shows. */
const EXAMPLES = 5;

async function overlap(training: BuiltDataset, evaluation: BuiltDataset): Promise<OverlapEvidence> {
  const shared = await withDuckDb({}, (database) =>
    database.rows<{ id: string; rows: number }>(
      `SELECT CAST(label_id AS VARCHAR) AS id, count(*) OVER () AS rows FROM read_parquet(${quoteText(training.path)})
       WHERE label_id IN (SELECT label_id FROM read_parquet(${quoteText(evaluation.path)})) ORDER BY label_id LIMIT ${EXAMPLES}`,
    ),
  );
  return {
    trainingRows: training.record.rows,
    evaluationRows: evaluation.record.rows,
    shared: shared[0]?.rows ?? 0,
    examples: shared.map(({ id }) => id),
  };
}
