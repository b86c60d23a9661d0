import type { Workspace } from '@signalbox/contracts';
import { openEventLog } from '@signalbox/serving/stores';
import { storeAddresses } from '../features/index.js';
import { loadWorkspace } from '../validate/index.js';
import { requestOfCaller } from './callers.js';
import { PodClient } from './pod-client.js';
import type { DemoProcess } from './processes.js';
import { Replay, type ReplayPace } from './replay.js';
import type { SourceEvents } from './source-stream.js';
import { readSourceEvents } from './source-stream.js';
import { ENVIRONMENT, MODEL, type Serving, type Stage } from './stage.js';

const PODS = ['pod-1', 'pod-2'] as const;
/** The replay begins here: what happened before is the snapshot's. */
const START_US = Date.UTC(2001, 3, 1) * 1000;
const DAY_US = 86_400e6;
const REPLAY_DAYS = 4;
/** Steady traffic of every departure, which leaves room on a small machine for the processes that are measured. */
const STEADY: ReplayPace = { sliceUs: 5 * 60e6, every: 1, maxPerSecond: 2_000 };
const LATE_MINUTES = 15;

/** Starts what an environment needs, each as the ordinary verb in a process of its own, and waits until the pods serve. */
export async function startServing(stage: Stage): Promise<Serving> {
  const { scratch, context } = stage;
  const workspace = await loadWorkspace(scratch.work);
  start(stage, 'reconcile', ['reconcile', '--env', ENVIRONMENT, '--watch', '--events', stage.rolloutLog]);
  start(stage, 'materialize', ['materialize', '--env', ENVIRONMENT]);
  const [events, ...pods] = await Promise.all([
    readReplay(stage, workspace),
    ...PODS.map((name) => startPod(stage, name)),
  ]);
  const { environment } = workspace.environments.get(ENVIRONMENT)!;
  const log = openEventLog(storeAddresses(scratch.work, environment).log);
  const replay = new Replay({
    topic: workspace.models.get(MODEL)!.label.source,
    model: workspace.models.get(MODEL)!,
    events,
    outcomeOf: ({ columns }, row) => (columns.get('delay')![row] as number) > LATE_MINUTES,
    requestOf: requestOfCaller,
    log,
    meter: stage.meter,
    signal: context.signal,
    startUs: START_US,
    pace: STEADY,
  });
  replay.useReadyPods(pods);
  return { workspace, log, replay, pods };
}

function readReplay(stage: Stage, workspace: Workspace): Promise<SourceEvents> {
  return readSourceEvents({
    repo: stage.scratch.work,
    workspace,
    source: workspace.models.get(MODEL)!.label.source,
    fromUs: START_US,
    untilUs: START_US + REPLAY_DAYS * DAY_US,
  });
}

/** A pod, once it says that it is ready to serve. */
async function startPod(stage: Stage, name: string): Promise<PodClient> {
  const pod = start(stage, name, ['serve', '--env', ENVIRONMENT, '--name', name, '--port', '0']);
  const address = await pod.waitFor(listeningAddress, stage.context.signal);
  const client = new PodClient({ name, address }, MODEL);
  await pod.waitUntil(() => client.isReady(), { what: 'is ready', signal: stage.context.signal });
  return client;
}

function start(stage: Stage, name: string, argv: readonly string[]): DemoProcess {
  stage.terminal.command(`signalbox ${argv.join(' ')} &`);
  return stage.processes.start({
    name,
    argv,
    cwd: stage.scratch.work,
    logFolder: stage.scratch.logs,
    outlives: stage.keep,
  });
}

/** A pod prints one line of JSON when it listens. */
function listeningAddress(line: string): string | null {
  if (!line.startsWith('{')) return null;
  try {
    const { listening } = JSON.parse(line) as { listening?: string };
    return listening ?? null;
  } catch {
    return null;
  }
}
