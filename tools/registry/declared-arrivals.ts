import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { parseInstantUs, quoteText, SignalboxError, type Source, type Workspace } from '@signalbox/contracts';
import { type BlobStore, blobKey } from '@signalbox/serving/stores';
import { withDuckDb } from '../duckdb/index.js';
import { ingestSource, resolveDataFiles } from '../ingest/index.js';
import type { TakenSnapshot } from './data-steps.js';
import type { Pipeline } from './pipeline.js';

/** The snapshot that a name's data gives where its source is this one, and not the one that the branch has. */
export async function takeSnapshotAs(
  { repo, definition, store, cacheFolder, signal }: Pipeline,
  name: string,
  source: Source,
): Promise<TakenSnapshot> {
  const workspace: Pick<Workspace, 'sources'> = { sources: new Map([[name, source]]) };
  const untilUs = parseInstantUs(definition.evaluation.period.to);
  const wish = { repo, workspace, source: name, untilUs, store, cacheFolder, signal };
  const { digest, snapshot } = await ingestSource(wish);
  return { digest, snapshot };
}

/** When each event arrived, by its number in the data: (event_seq, arrival_ts). */
export async function arrivalsSql(store: BlobStore, { snapshot }: TakenSnapshot): Promise<string> {
  const paths = await Promise.all(snapshot.files.map(({ digest }) => store.localPath(blobKey(digest))));
  return `(SELECT event_seq, arrival_ts FROM read_parquet([${paths.map(quoteText).join(', ')}]))`;
}

/** How many events arrived earlier by `ours` than by `theirs`, and how many later. An event that one does not accept never arrives there. */
export async function compareArrivals(
  { store, cacheFolder, signal }: Pipeline,
  { ours: first, theirs: second }: { readonly ours: TakenSnapshot; readonly theirs: TakenSnapshot },
): Promise<{ readonly earlier: number; readonly later: number }> {
  const [ours, theirs] = [await arrivalsSql(store, first), await arrivalsSql(store, second)];
  const [moved] = await withDuckDb({ signal, temporaryFolder: join(cacheFolder, 'tmp') }, (database) =>
    database.rows<{ earlier: number; later: number }>(
      `SELECT count(*) FILTER (theirs.arrival_ts IS NULL OR ours.arrival_ts < theirs.arrival_ts) AS earlier,
              count(*) FILTER (ours.arrival_ts IS NULL OR ours.arrival_ts > theirs.arrival_ts) AS later
       FROM ${ours} AS ours FULL JOIN ${theirs} AS theirs USING (event_seq)`,
    ),
  );
  return moved!;
}

/** Whether two sources read a file in common, whatever they are called and however they spell its path. */
export async function readSameData(repo: string, a: Source, b: Source): Promise<boolean> {
  if (a.data.path === b.data.path) return true;
  const [ours, theirs] = [await realFiles(repo, a), await realFiles(repo, b)];
  return ours.some((file) => theirs.includes(file));
}

/** Links followed. A source whose data is not here reads nothing that another could read. */
async function realFiles(repo: string, { data }: Source): Promise<string[]> {
  try {
    const files = await withDuckDb({}, (database) => resolveDataFiles(database, repo, data.path));
    return await Promise.all(files.map((file) => realpath(file)));
  } catch (error) {
    if (error instanceof SignalboxError && error.code === 'input/bad-data') return [];
    throw error;
  }
}
