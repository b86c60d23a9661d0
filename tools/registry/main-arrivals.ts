import { compileSource, digestJson, type Source } from '@signalbox/contracts';
import { assertReadable, type Judge } from './champion.js';
import type { Snapshots, TakenSnapshot } from './data-steps.js';
import { compareArrivals, readSameData, takeSnapshotAs } from './declared-arrivals.js';
import type { Pipeline } from './pipeline.js';

/** The events of the sources that past features read, with the arrivals that the main branch's definitions give them. */
export interface MainArrivals {
  readonly snapshots: Snapshots;
  /** Sources whose data the main branch does not read, under any name. */
  readonly newSources: readonly string[];
  /** Events that the branch declares to be known earlier, or later, than the main branch does. */
  readonly earlierEvents: number;
  readonly laterEvents: number;
}

/**
 * Takes the branch's snapshots again, as the main branch says when events happened and could be known. Where both say the same, the branch's own
 * snapshot is that already. A new name for data that the main branch reads is no new source; one with new data has no arrivals but the branch's.
 */
export async function mainArrivals(pipeline: Pipeline, judge: Judge, branch: Snapshots): Promise<MainArrivals> {
  const { bundle, workspace } = pipeline;
  const names = new Set(bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.source.name] : [])));
  const snapshots = new Map(branch);
  const newSources: string[] = [];
  let [earlierEvents, laterEvents] = [0, 0];
  for (const name of names) {
    const ours = { name, source: workspace.sources.get(name)!, taken: branch.get(name)! };
    const latest = await latestOf(pipeline, ours, await mainSources(pipeline, judge, name));
    if (latest === null) {
      newSources.push(name);
      continue;
    }
    const { source: theirs, taken } = latest;
    if (taken === ours.taken) continue;
    snapshots.set(name, taken);
    const moved = await compareArrivals(pipeline, { ours: ours.taken, theirs: taken });
    earlierEvents += moved.earlier;
    // Where events happened at other times, or are others, later arrivals excuse nothing.
    const sameEvents = ours.source.eventTime === theirs.eventTime && sameText(ours.source.data, theirs.data);
    if (sameEvents) laterEvents += moved.later;
  }
  return { snapshots, newSources, earlierEvents, laterEvents };
}

/** What the main branch says of a source: under its name, or else under whatever name it reads the same data. */
async function mainSources({ repo, workspace }: Pipeline, judge: Judge, name: string): Promise<readonly Source[]> {
  const what = `when events of ${name} were known`;
  assertReadable(judge, [`features/sources/${name}.yaml`], what);
  const [ours, theirs] = [workspace.sources.get(name)!, judge.workspace.sources.get(name)];
  if (theirs !== undefined) return [theirs];
  // One that cannot be read may be the one that reads the data.
  const files = judge.findings.map(({ place }) => place.file).filter((file) => file.startsWith('features/sources/'));
  assertReadable(judge, files, what);
  const same: Source[] = [];
  for (const source of judge.workspace.sources.values()) if (await readSameData(repo, ours, source)) same.push(source);
  return same;
}

interface Told {
  readonly source: Source;
  readonly taken: TakenSnapshot;
}

/** The branch's columns at the times of the source by which most events arrive later than by the others; null where there is none. */
async function latestOf(
  pipeline: Pipeline,
  ours: Told & { readonly name: string },
  candidates: readonly Source[],
): Promise<Told | null> {
  let latest: Told | null = null;
  for (const source of candidates) {
    const moved = withTimesOf(ours.source, source);
    const unchanged = saysTheSame(ours.name, ours.source, moved);
    const told = { source, taken: unchanged ? ours.taken : await takeSnapshotAs(pipeline, ours.name, moved) };
    if (latest === null || (await isLater(pipeline, told.taken, latest.taken))) latest = told;
  }
  return latest;
}

async function isLater(pipeline: Pipeline, ours: TakenSnapshot, theirs: TakenSnapshot): Promise<boolean> {
  const { earlier, later } = await compareArrivals(pipeline, { ours, theirs });
  return later > earlier;
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
  return sameText(a.data, b.data) && sameText(meaning(a), meaning(b));
}

const sameText = (a: unknown, b: unknown): boolean => digestJson(a) === digestJson(b);
