import type { SnapshotRecord } from '@signalbox/contracts';
import { openBlobStore, readJsonBlob } from '@signalbox/serving/stores';
import { storeAddresses } from '../../features/index.js';
import { count } from '../../report/index.js';
import { type ReplayPace, STEADY } from '../replay-pace.js';
import { readSourceEvents, type SourceEvents } from '../source-stream.js';
import { ENVIRONMENT, MODEL, type Serving, type Stage, type Tell } from '../stage.js';

const DAY_US = 86_400e6;
/** Days at a time, so that the stream itself sets the speed. */
const FAST = { sliceUs: DAY_US, maxPerSecond: 1_500, maxBehind: 40_000 } as const;
/** Few departures are requests until June; then enough for monitoring to judge each week. */
const LEGS: readonly { readonly stopUs: number; readonly pace: ReplayPace }[] = [
  { stopUs: midnight('2001-05-01'), pace: { ...FAST, every: 600 } },
  { stopUs: midnight('2001-06-01'), pace: { ...FAST, every: 600 } },
  { stopUs: midnight('2001-06-29'), pace: { ...FAST, every: 60 } },
];
/** Where the data ends, and two days for the last flights to be seen. */
const END_US = midnight('2001-07-03');
/** Two chunks overlap by this, and the replay skips what it has played. */
const OVERLAP_US = 3 * DAY_US;

/** The flights of May and June but for the last days, as fast as the log and the online store take them, with a sample of departures answered. */
export async function runOn(stage: Stage, serving: Serving, tell: Tell): Promise<void> {
  const { replay } = serving;
  const before = { events: replay.eventsLogged, requests: stage.meter.total };
  stage.terminal.sentence('Now the rest of the data, almost to the end of June, as fast as it goes:');
  const startedAt = performance.now();
  let chunk = readChunk(stage, serving, { fromUs: replay.loggedUntilUs, untilUs: LEGS[0]!.stopUs });
  for (const [index, { pace, stopUs }] of LEGS.entries()) {
    const events = await chunk;
    const next = LEGS[index + 1];
    if (next !== undefined) chunk = readChunk(stage, serving, { fromUs: stopUs - OVERLAP_US, untilUs: next.stopUs });
    replay.continueWith(events, pace);
    await playTo(stage, serving, stopUs);
  }
  const events = replay.eventsLogged - before.events;
  const seconds = (performance.now() - startedAt) / 1000;
  tell(
    `${count(events)} more flights went through the log into the online store in ${seconds.toFixed(1)} s ` +
      `(${count(Math.round(events / seconds))} a second), while ${count(stage.meter.total - before.requests)} of their departures were answered.`,
  );
}

/** The last days, at the pace of ordinary traffic. */
export async function slowDown(stage: Stage, serving: Serving): Promise<void> {
  const events = await readChunk(stage, serving, {
    fromUs: serving.replay.loggedUntilUs - OVERLAP_US,
    untilUs: END_US,
  });
  serving.replay.continueWith(events, STEADY);
}

/** What is left of the data, so that every flight took part. */
export async function runOut(stage: Stage, serving: Serving, tell: Tell): Promise<void> {
  serving.replay.continueAt({ ...FAST, every: 600 });
  await playTo(stage, serving, END_US);
  const all = serving.replay.eventsLogged + (await snapshotRows(stage, serving));
  tell(`The last flights went through the log; with those of the first snapshot, these are all ${count(all)} of them.`);
}

async function playTo(stage: Stage, { replay }: Serving, stopUs: number): Promise<void> {
  await replay.playUntil(async () => {
    await stage.processes.assertAllRunning();
    return replay.nowUs >= stopUs;
  });
}

function midnight(day: string): number {
  return Date.parse(day) * 1000;
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
