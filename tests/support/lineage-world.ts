import { join } from 'node:path';
import {
  compileBundle,
  type DatasetRecord,
  digestBytes,
  type PredictionRecord,
  type RolloutManifest,
  type RunRecord,
  type SnapshotRecord,
  type VersionRecord,
} from '@signalbox/contracts';
import { type BlobStore, openBlobStore, putBlob, putJsonBlob } from '@signalbox/serving/stores';
import { OutcomeLog, PredictionLog } from '@signalbox/serving/telemetry';
import { LocalForge, readWorkspaceCommit } from '../../tools/forge/index.js';
import { writeSnapshotInputs } from '../../tools/ingest/snapshot-inputs.js';
import { openReconciler, promote, runPass } from '../../tools/release/index.js';
import { saveRun } from '../../tools/tracking/index.js';
import { cellWith } from './evidence-cells.js';
import { createTestWorld, digestOf, recordOf, type TestWorld, toYaml, worldDocuments } from './release-world.js';
import { segmentOf, writeSegment } from './written-evidence.js';

/** A release world whose version 1 has all that lineage follows: data file, snapshot, dataset, run, record, release, manifests. */
export interface LineageWorld extends TestWorld {
  readonly store: BlobStore;
  readonly digests: { readonly snapshot: string; readonly dataset: string; readonly input: string };
  readonly trained: string;
  /** Asks for a version in a pull request of Ada that Grace approves, and publishes what the head asks for. */
  release(version: number): Promise<RolloutManifest>;
  /** Publishes what the head asks for. */
  reconcile(): Promise<RolloutManifest>;
  /** Logs an answer where a pod would; answers its id. */
  answer(options?: { version?: number; serial?: number; wallMs?: number; outcome?: boolean }): Promise<string>;
  /** Counts requests of a version as a pod does, one of them failed. */
  count(version: number, asked: number): Promise<void>;
}

export const POD = 'pod-1';
/** When the manifests of this world are decided, and its answers given. */
export const ANSWERED_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

const EVENTS_CSV = 'at,value\n2001-01-05 00:00:00,1.5\n2001-02-05 00:00:00,0.5\n';

interface Facts {
  readonly digests: LineageWorld['digests'];
  readonly trained: string;
}

export async function createLineageWorld(): Promise<LineageWorld> {
  const documents = worldDocuments();
  for (const version of [1, 2, 3]) delete documents[`models/late/versions/${version}.yaml`];
  const world = await createTestWorld(documents);
  const trained = await world.commit({ 'models/late/train.py': 'print("trained")\n' }, 'Write a trainer');
  const store = storeOf(world);
  const { workspace } = await readWorkspaceCommit(world.folder, trained);
  const data = await storeData(world, store, compileBundle(workspace, 'late').digest);
  for (const version of [1, 2]) await recordVersion(world, store, { version, trained, data });
  const { dataset, input, snapshot } = data;
  return worldIn(world, { trained, digests: { snapshot, dataset, input } });
}

const storeOf = (world: TestWorld): BlobStore => openBlobStore(join(world.folder, '.signalbox', 'store'));

interface Data {
  readonly snapshot: string;
  readonly dataset: string;
  readonly evaluation: string;
  readonly features: string;
  readonly input: string;
}

async function storeData(world: TestWorld, store: BlobStore, features: string): Promise<Data> {
  await world.commit({ 'events.csv': EVENTS_CSV }, 'Add the data');
  const file = { digest: await putBlob(store, 'january'), sizeBytes: 7, month: '2001-01', rows: 1 };
  const record: SnapshotRecord = {
    schema: 'signalbox/snapshot/1',
    source: 'events',
    definition: digestBytes('definition'),
    untilUs: Date.UTC(2001, 2, 1) * 1000,
    rows: 2,
    quarantined: 0,
    late: 0,
    files: [file],
    checks: [],
    quarantine: null,
  };
  const snapshot = await putJsonBlob(store, record);
  await store.write(`snapshots/events/${snapshot.slice(7)}.json`, JSON.stringify(record));
  const input = digestBytes(EVENTS_CSV);
  const taken = { snapshot, declared: 'events.csv', files: [join(world.folder, 'events.csv')], content: [input] };
  await writeSnapshotInputs({ repo: world.folder, source: 'events', store }, taken);
  const dataset = (fromMonth: number): DatasetRecord => ({
    schema: 'signalbox/dataset/1',
    model: 'late',
    snapshot,
    features,
    fromUs: Date.UTC(2001, fromMonth) * 1000,
    toUs: Date.UTC(2001, fromMonth + 1) * 1000,
    rows: 10 + fromMonth,
    file: { digest: digestBytes(`rows ${fromMonth}`), sizeBytes: 4 },
    positives: 3,
  });
  const [training, evaluation] = [await putJsonBlob(store, dataset(0)), await putJsonBlob(store, dataset(1))];
  return { snapshot, dataset: training, evaluation, features, input };
}

/** The record as a pull request of Ada that Grace approved. */
async function recordVersion(
  world: TestWorld,
  store: BlobStore,
  { data, trained, version }: { version: number; trained: string; data: Data },
): Promise<void> {
  const base = recordOf(version);
  const trainedOn = { ...base.trainedOn, dataset: data.dataset, snapshot: data.snapshot, features: data.features };
  const record: VersionRecord = {
    ...base,
    commit: trained,
    trainedOn,
    boundTo: { ...base.boundTo, evaluationData: data.evaluation },
  };
  await saveRun(store, runOf(record, data), '');
  const branch = `late-${version}`;
  await world.git.run(['switch', '--quiet', '-c', branch, 'main']);
  await world.commit(toYaml({ [`models/late/versions/${version}.yaml`]: record }), `Record late version ${version}`);
  const forge = await LocalForge.open(world.forge);
  const ada = { name: 'Ada Test', email: 'ada@example.com' };
  const title = `late: version ${version}`;
  const { number } = await forge.openPullRequest({ head: branch, base: 'main', title, body: '', author: ada });
  await forge.approve(number, 'Grace', await forge.headOf(branch));
  await forge.merge(number, ada);
  await world.git.run(['switch', '--quiet', 'main']);
  await world.git.run(['pull', '--quiet', '--ff-only', 'origin', 'main']);
}

function runOf({ commit, run, seed, trainedOn }: VersionRecord, { features }: Data): RunRecord {
  return {
    schema: 'signalbox/run/1',
    id: run,
    model: 'late',
    commit,
    dataset: trainedOn.dataset,
    features,
    codeTree: trainedOn.codeTree,
    environment: trainedOn.environment,
    parameters: {},
    seed,
    onnx: { digest: digestBytes(`onnx of ${run}`), sizeBytes: 1 },
    reported: {},
    cpuSeconds: 1,
    peakBytes: 1,
    startedAt: '2026-01-01T00:00:00Z',
    wallSeconds: 1,
  };
}

function worldIn(world: TestWorld, facts: Facts): LineageWorld {
  const store = storeOf(world);
  const reconcile = async (): Promise<RolloutManifest> => {
    const reconciler = await openReconciler({ ...world.address, wallNow: () => ANSWERED_MS });
    try {
      const { models } = await runPass(reconciler.tools, null);
      return models.find(({ model }) => model === 'late')!.manifest!;
    } finally {
      await reconciler.close();
    }
  };
  return {
    ...world,
    ...facts,
    store,
    reconcile,
    async release(version) {
      const { folder: repo } = world;
      const asked = { repo, model: 'late', environment: 'prod', version, strategy: 'canary', wallNow: Date.now };
      await promote({ ...asked, merge: true, rePromote: false, approveAs: 'Grace' });
      return reconcile();
    },
    answer: (options = {}) => logAnswer(store, options),
    count: async (version, asked) => {
      const cell = cellWith({ model: 'late', version, package: digestOf(version), asked, failed: { timeout: 1 } });
      const wallMs = { fromWallMs: ANSWERED_MS, toWallMs: ANSWERED_MS + 1000 };
      await writeSegment(store, segmentOf([cell], { pod: POD, ...wallMs }));
    },
  };
}

async function logAnswer(
  store: BlobStore,
  { outcome, serial = 1, version = 1, wallMs = ANSWERED_MS }: Parameters<LineageWorld['answer']>[0] & {} = {},
): Promise<string> {
  const id = `late.${version}.${serial}.${POD}.${wallMs.toString(36)}.1`;
  const onProblem = (problem: string) => {
    throw new Error(problem);
  };
  const options = { store, environment: 'prod', pod: POD, wallNow: () => wallMs + 1500, onProblem };
  const predictions = new PredictionLog({ ...options, rate: 1, random: () => 0 });
  predictions.append(predictionRecord({ id, serial, version, wallMs }));
  await predictions.segments.close();
  if (outcome === undefined) return id;
  const outcomes = new OutcomeLog({ ...options, pod: 'pod-2', wallNow: () => wallMs + 60_000 });
  outcomes.append({ predictionId: id, model: 'late', outcome, observedAtUs: wallMs * 1000, wallMs });
  await outcomes.segments.close();
  return id;
}

function predictionRecord(about: Pick<PredictionRecord, 'id' | 'serial' | 'version' | 'wallMs'>) {
  return {
    ...about,
    model: 'late',
    package: digestOf(about.version),
    atUs: Date.UTC(2001, 3, 1) * 1000,
    role: 'champion' as const,
    degraded: null,
    score: 0.25,
    entities: { shop: ['a'] },
    request: { value: 2 },
    features: Float32Array.of(2),
    token: { atUs: 0, views: {} },
    failures: [],
    sampled: true,
    provided: [],
  };
}
