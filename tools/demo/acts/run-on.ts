import { parseInstantUs, type SnapshotRecord } from '@signalbox/contracts';
import { openBlobStore, readJsonBlob } from '@signalbox/serving/stores';
import { storeAddresses } from '../../features/index.js';
import { count } from '../../report/index.js';
import type { ReplayPace } from '../replay.js';
import { readSourceEvents, type SourceEvents } from '../source-stream.js';
import { ENVIRONMENT, MODEL, type Serving, type Stage, type Tell } from '../stage.js';

const HOUR_US = 3_600e6;
/** A day at a time, so that the log sets the speed; features follow as fast as they can. */
const FAST: ReplayPace = { sliceUs: 24 * HOUR_US, every: 600, maxPerSecond: 2_000 };
/** Requests enough for monitoring to judge each week, with features a day behind at most. */
const WATCHED: ReplayPace = { sliceUs: 12 * HOUR_US, every: 85, maxPerSecond: 2_000, maxBehind: 16_000 };
/** To the end of the data, and two days for the last flights to be seen. */
const LEGS: readonly { readonly until: string; readonly pace: ReplayPace }[] = [
  { until: '2001-05-01', pace: FAST },
  { until: '2001-06-01', pace: FAST },
  { until: '2001-07-03', pace: WATCHED },
];
/** Two chunks overlap by this, and the replay skips what it has played. */
const OVERLAP_US = 72 * HOUR_US;

/** The rest of the flights, as fast as the log and the online store take them, with a sample of departures answered on the way. */
export async function runOn(stage: Stage, serving: Serving, tell: Tell): Promise<void> {
  const { replay } = serving;
  const before = { events: replay.eventsLogged, requests: stage.meter.total };
  stage.terminal.sentence('Now the rest of the data, to the end of June, as fast as it goes:');
  const startedAt = performance.now();
  let chunk = readChunk(stage, serving, { fromUs: replay.loggedUntilUs, untilUs: parseInstantUs(LEGS[0]!.until) });
  for (const [index, { pace, until }] of LEGS.entries()) {
    const events = await chunk;
    const stopUs = parseInstantUs(until);
    const next = LEGS[index + 1];
    if (next !== undefined)
      chunk = readChunk(stage, serving, { fromUs: stopUs - OVERLAP_US, untilUs: parseInstantUs(next.until) });
    replay.continueWith(events, pace);
    await replay.playUntil(async () => {
      await stage.processes.assertAllRunning();
      return replay.nowUs >= stopUs;
    });
  }
  replay.forget();
  const events = replay.eventsLogged - before.events;
  const seconds = (performance.now() - startedAt) / 1000;
  const all = replay.eventsLogged + (await snapshotRows(stage, serving));
  tell(
    `${count(events)} more flights went through the log into the online store in ${seconds.toFixed(1)} s ` +
      `(${count(Math.round(events / seconds))} a second), while ${count(stage.meter.total - before.requests)} of their departures were answered. With the snapshot's, these are all ${count(all)} flights.`,
  );
}

function readChunk(
  { scratch }: Stage,
  { workspace }: Serving,
  period: { readonly fromUs: number; readonly untilUs: number },
): Promise<SourceEvents> {
  const { source } = workspace.models.get(MODEL)!.label;
  return readSourceEvents({ repo: scratch.work, workspace, source, ...period });
}

/** What the first version's snapshot holds: the flights from before the replay. */
async function snapshotRows({ scratch }: Stage, { workspace }: Serving): Promise<number> {
  const { artifacts } = storeAddresses(scratch.work, workspace.environments.get(ENVIRONMENT)!.environment);
  const record = [...workspace.versions.get(MODEL)!.values()][0]!;
  return (await readJsonBlob<SnapshotRecord>(openBlobStore(artifacts), record.trainedOn.snapshot)).rows;
}
