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
import { countKnownEarly, labelReaders } from './declared-times.js';
import { mainArrivals } from './main-arrivals.js';
import { type Pipeline, step } from './pipeline.js';
import { recomputeFeatures } from './recompute-features.js';

/** Rises when the evidence comes to mean something else, so that what is cached is not used any more. */
const MEANING = 1;

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
    sources: Object.fromEntries([...judge.workspace.sources]) as unknown,
  };
  const known = await cache.read<LeakEvidence>('leak', key);
  if (known !== null) return known;
  const evidence = await step(pipeline, {
    what: 'leaks looked for',
    work: async () => ({
      declared: await declaredTimes(pipeline, training),
      replay: await replay(pipeline, inputs),
      overlap: await overlap(training, evaluation),
    }),
    note: ({ replay: { checked, differences } }) =>
      `${count(checked)} values replayed, ${count(differences.length)} differ`,
  });
  await cache.write('leak', key, evidence);
  return evidence;
}

async function declaredTimes(
  { bundle, definition, workspace }: Pipeline,
  training: BuiltDataset,
): Promise<DeclaredTimesEvidence> {
  const { label } = definition;
  const columns = columnVariables(compileSource(workspace, label.source).columns);
  return { ...labelReaders(bundle, label, columns), ...(await countKnownEarly(training.path)) };
}

async function replay(pipeline: Pipeline, { training, snapshots, judge }: LeakInputs): Promise<ReplayEvidence> {
  const past = new Set(
    pipeline.bundle.views.flatMap((view) =>
      view.kind === 'aggregate' ? view.features.map(({ name }) => `${view.name}.${name}`) : [],
    ),
  );
  const arrivals = await mainArrivals(pipeline, judge, snapshots);
  return {
    pastFeatures: pipeline.bundle.order.filter((name) => past.has(name)).length,
    newSources: arrivals.newSources,
    earlierEvents: arrivals.earlierEvents,
    laterEvents: arrivals.laterEvents,
    ...(await recomputeFeatures(pipeline, training, arrivals.snapshots)),
  };
}

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
