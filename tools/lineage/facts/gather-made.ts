import type { LineageContext } from './context.js';
import { datasetFacts, snapshotFacts } from './data.js';
import type { DatasetFacts, LineageFacts, RunFacts, SnapshotFacts, VersionFacts } from './facts.js';
import { runOfVersion } from './runs.js';

/** What versions were made from: their runs, and the data of both training and evaluation. */
export type Made = Pick<LineageFacts, 'runs' | 'datasets' | 'snapshots'>;

export async function gatherMade(
  context: LineageContext,
  versions: readonly VersionFacts[],
  more: { readonly runs: readonly RunFacts[]; readonly snapshots: readonly string[] } = { runs: [], snapshots: [] },
): Promise<Made> {
  const { store } = context;
  const runs = new Map(more.runs.map((run) => [run.id, run]));
  for (const { model, record } of versions) {
    if (!runs.has(record.run)) runs.set(record.run, await runOfVersion(context, model, record));
  }
  const judgedOn = versions.map(({ record }) => record.boundTo.evaluationData);
  const datasets: DatasetFacts[] = [];
  for (const digest of new Set([...[...runs.values()].map(({ dataset }) => dataset), ...judgedOn])) {
    datasets.push(await datasetFacts(store, digest));
  }
  const snapshots: SnapshotFacts[] = [];
  for (const digest of new Set([...datasets.flatMap((dataset) => dataset.snapshots), ...more.snapshots])) {
    snapshots.push(await snapshotFacts(store, digest));
  }
  return { runs: [...runs.values()], datasets, snapshots };
}
