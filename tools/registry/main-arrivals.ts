import { join } from 'node:path';
import {
  compileSource,
  digestJson,
  parseInstantUs,
  quoteText,
  type Source,
  type Workspace,
} from '@signalbox/contracts';
import { type BlobStore, blobKey } from '@signalbox/serving/stores';
import { withDuckDb } from '../duckdb/index.js';
import { ingestSource } from '../ingest/index.js';
import { assertReadable, type Judge } from './champion.js';
import type { Snapshots, TakenSnapshot } from './data-steps.js';
import type { Pipeline } from './pipeline.js';

/** The events of the sources that past features read, with the arrivals that the main branch's definitions give them. */
export interface MainArrivals {
  readonly snapshots: Snapshots;
  /** Sources that the main branch does not have. */
  readonly newSources: readonly string[];
  /** Events that the branch declares to be known earlier, or later, than the main branch does. */
  readonly earlierEvents: number;
  readonly laterEvents: number;
}

/**
 * Takes the branch's snapshots again, as the main branch says when events happened and could be known. Where both say the same, the branch's own
 * snapshot is that already. A source that is new has no arrivals but the branch's.
 */
export async function mainArrivals(pipeline: Pipeline, judge: Judge, branch: Snapshots): Promise<MainArrivals> {
  const { bundle, workspace } = pipeline;
  const names = new Set(bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.source.name] : [])));
  const snapshots = new Map(branch);
  const newSources: string[] = [];
  let [earlierEvents, laterEvents] = [0, 0];
  for (const name of names) {
    const [ours, theirs] = [workspace.sources.get(name)!, judge.workspace.sources.get(name)];
    assertReadable(judge, [`features/sources/${name}.yaml`], `when events of ${name} were known`);
    if (theirs === undefined) {
      newSources.push(name);
      continue;
    }
    const source = withTimesOf(ours, theirs);
    if (saysTheSame(name, ours, source)) continue;
    const taken = await takeAgain(pipeline, name, source);
    snapshots.set(name, taken);
    const moved = await compareArrivals(pipeline, branch.get(name)!, taken);
    earlierEvents += moved.earlier;
    // Where events happened at other times, later arrivals excuse nothing.
    if (ours.eventTime === theirs.eventTime) laterEvents += moved.later;
  }
  return { snapshots, newSources, earlierEvents, laterEvents };
}

/** The branch's columns, from the main branch's data, at the times that the main branch declares. */
function withTimesOf(
  branch: Source,
  { data, eventTime, observedAt, allowedLateness, futureSkew, columns }: Source,
): Source {
  const { observedAt: _, ...rest } = branch;
  const times = { eventTime, allowedLateness, futureSkew, ...(observedAt === undefined ? {} : { observedAt }) };
  return { ...rest, data, columns: { ...columns, ...branch.columns }, ...times };
}

function saysTheSame(name: string, a: Source, b: Source): boolean {
  const meaning = (source: Source) => compileSource({ sources: new Map([[name, source]]) }, name);
  return digestJson(a.data) === digestJson(b.data) && digestJson(meaning(a)) === digestJson(meaning(b));
}

async function takeAgain(
  { repo, definition, store, cacheFolder, signal }: Pipeline,
  name: string,
  source: Source,
): Promise<TakenSnapshot> {
  const workspace: Pick<Workspace, 'sources'> = { sources: new Map([[name, source]]) };
  const untilUs = parseInstantUs(definition.evaluation.period.to);
  const { digest, snapshot } = await ingestSource({
    repo,
    workspace,
    source: name,
    untilUs,
    store,
    cacheFolder,
    signal,
  });
  return { digest, snapshot };
}

/** Events go by their number in the data. One that the main branch does not accept at all is early whenever it comes. */
async function compareArrivals(
  { store, cacheFolder, signal }: Pipeline,
  branch: TakenSnapshot,
  main: TakenSnapshot,
): Promise<{ readonly earlier: number; readonly later: number }> {
  const [ours, theirs] = [await relationOf(store, branch), await relationOf(store, main)];
  const [moved] = await withDuckDb({ signal, temporaryFolder: join(cacheFolder, 'tmp') }, (database) =>
    database.rows<{ earlier: number; later: number }>(
      `SELECT count(*) FILTER (theirs.arrival_ts IS NULL OR ours.arrival_ts < theirs.arrival_ts) AS earlier,
              count(*) FILTER (ours.arrival_ts IS NULL OR ours.arrival_ts > theirs.arrival_ts) AS later
       FROM ${ours} AS ours FULL JOIN ${theirs} AS theirs USING (event_seq)`,
    ),
  );
  return moved!;
}

async function relationOf(store: BlobStore, { snapshot }: TakenSnapshot): Promise<string> {
  const paths = await Promise.all(snapshot.files.map(({ digest }) => store.localPath(blobKey(digest))));
  return `(SELECT event_seq, arrival_ts FROM read_parquet([${paths.map(quoteText).join(', ')}]))`;
}
