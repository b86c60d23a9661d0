import { join } from 'node:path';
import {
  blockingGates,
  digestBytes,
  digestOfGates,
  type EvidenceCell,
  type PodStatus,
  type Policy,
  type VersionRecord,
  type Workspace,
} from '@signalbox/contracts';
import { type BlobStore, blobKey, openBlobStore } from '@signalbox/serving/stores';
import { stringify } from 'yaml';
import type { Background, EnvironmentAddress } from '../../tools/release/index.js';
import { buildRoot, mintKeys } from '../../tools/trust/index.js';
import { requestsCell } from './evidence-cells.js';
import { createTestRepository, type TestRepository } from './git-repository.js';
import { segmentOf, statusOf, writeSegment, writeStatus } from './written-evidence.js';

/** A repository with one model, its versions, a low-risk policy and minted keys, as `init` would leave it. For tests and benchmarks. */
export interface TestWorld extends TestRepository {
  readonly address: EnvironmentAddress;
  /** Writes what pods say where pods write it. */
  report(...pods: readonly WorldPod[]): Promise<void>;
  copy(): Promise<TestWorld>;
}

const TIER = {
  autoPromote: [],
  rollbackApprovals: 0,
  withdrawals: 'open',
  blockingGates: ['quality/*'],
} as const satisfies Partial<Policy['tiers']['low']>;

export const POLICY: Policy = {
  description: 'Asks little.',
  tiers: {
    low: { ...TIER, approvals: 0, strategies: ['canary', 'direct'] },
    high: { ...TIER, approvals: 2, strategies: ['canary'] },
  },
};

/** Other gates block by it, so what was gated by the one above has lapsed. */
export const STRICTER_POLICY: Policy = {
  ...POLICY,
  tiers: { ...POLICY.tiers, low: { ...POLICY.tiers.low, blockingGates: ['quality/*', 'leak/*'] } },
};

const ENVIRONMENT = {
  description: 'Where people are served.',
  policy: 'default',
  clock: 'wall',
  minPods: 1,
  stores: { artifacts: '.signalbox/store', log: '.signalbox/log', online: '.signalbox/online' },
  reconcile: { poll: '200ms' },
  pods: { poll: '200ms' },
  timestampValidity: '1d',
};

const ANALYSIS = { errorRateMargin: 0.05, confidence: 0.95 };
const MODEL = {
  description: 'Whether something is late.',
  owner: 'team',
  riskTier: 'low',
  task: 'binary-classification',
  label: {
    source: 'events',
    expression: 'value > 1.0',
    sample: { rows: 10, seed: 1 },
    entities: {},
    request: { value: 'value' },
  },
  features: ['request'],
  training: { command: ['true'], period: { from: '2001-01-01', to: '2001-02-01' } },
  evaluation: { period: { from: '2001-02-01', to: '2001-03-01' }, metrics: ['auc'] },
  gates: { quality: { auc: { min: 0.5 } } },
  serving: { output: { tensor: 'score' }, rule: '0.2' },
};

/** Documents by path; the values are written as YAML. */
export function worldDocuments(): Record<string, unknown> {
  return {
    'features/sources/events.yaml': {
      description: 'Events.',
      owner: 'team',
      data: { format: 'csv', path: 'events.csv' },
      columns: { at: { type: 'timestamp' }, value: { type: 'double' } },
      eventTime: 'at',
      observedAt: 'at',
      allowedLateness: '1h',
    },
    'features/views/request.yaml': {
      kind: 'request',
      description: 'What is asked.',
      inputs: { value: { type: 'double' } },
      features: [{ name: 'value', expression: 'value' }],
    },
    'models/late/model.yaml': MODEL,
    'releases/policies/default.yaml': POLICY,
    'releases/prod/environment.yaml': ENVIRONMENT,
    'releases/strategies/direct.yaml': { description: 'At once.', analysis: ANALYSIS },
    'releases/strategies/canary.yaml': {
      description: 'In steps.',
      canary: {
        steps: [
          { weight: 0.1, minDuration: '0s', minSample: 100 },
          { weight: 0.5, minDuration: '0s', minSample: 100 },
        ],
      },
      analysis: ANALYSIS,
    },
    ...Object.fromEntries([1, 2, 3].map((version) => [`models/late/versions/${version}.yaml`, recordOf(version)])),
  };
}

export const digestOf = (version: number): string => digestBytes(`package ${version}`);

/** Version 1 was gated without a champion, each later one against the one before. */
export function recordOf(version: number, change: Partial<VersionRecord> = {}): VersionRecord {
  const digest = digestBytes('some');
  return {
    package: { digest: digestOf(version), sizeBytes: 1000 },
    run: `late-${version}`,
    commit: 'a'.repeat(40),
    trainedOn: {
      dataset: digest,
      snapshot: digest,
      features: digestBytes(`features ${version}`),
      codeTree: digest,
      environment: digest,
      from: '2001-01-01',
      to: '2001-02-01',
      rows: 10,
    },
    parameters: {},
    seed: 1,
    metrics: { auc: { value: 0.7, rows: 10 } },
    verdicts: [{ id: 'quality/auc', verdict: 'pass', sentence: 'Good.' }],
    boundTo: {
      champion: version === 1 ? null : digestOf(version - 1),
      evaluationData: digest,
      policy: digestOfGates(blockingGates(POLICY, { riskTier: 'low' })),
    },
    cost: { cpuSeconds: 1, peakBytes: 1, storedBytes: 1 },
    ...change,
  };
}

export const toYaml = (documents: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(documents).map(([path, value]) => [path, stringify(value)]));

export async function createTestWorld(documents = worldDocuments()): Promise<TestWorld> {
  const repository = await createTestRepository();
  const dir = join(repository.folder, '.signalbox', 'keys');
  const keys = await mintKeys({ dir, environment: 'prod' });
  const root = Buffer.from(buildRoot(keys, { nowMs: Date.now() })).toString('utf8');
  await repository.commit({ '.gitignore': '.signalbox/\n', 'releases/prod/root.json': root, ...toYaml(documents) });
  await putPackages(openBlobStore(join(repository.folder, '.signalbox', 'store')));
  return worldIn(repository);
}

/** The packages of all versions, as far as anybody who only looks for them can tell. */
export async function putPackages(store: Pick<BlobStore, 'write'>): Promise<void> {
  for (const version of [1, 2, 3]) await store.write(blobKey(digestOf(version)), `package ${version}`);
}

function worldIn(repository: TestRepository): TestWorld {
  return {
    ...repository,
    copy: async () => worldIn(await repository.copy()),
    address: { repo: repository.folder, environment: 'prod', wallNow: Date.now },
    report: (...pods) => reportTo(openBlobStore(join(repository.folder, '.signalbox', 'store')), pods),
  };
}

async function reportOne(store: BlobStore, { cells, status }: WorldPod): Promise<void> {
  const { evidence, pod, writtenAtMs } = status;
  await writeSegment(store, segmentOf(cells, { pod, ...evidence, fromWallMs: 0, toWallMs: writtenAtMs }));
  await writeStatus(store, status);
}

/** Writes what pods say where pods write it. */
export async function reportTo(store: BlobStore, pods: readonly WorldPod[]): Promise<void> {
  for (const pod of pods) await reportOne(store, pod);
}

/** What a pod has written: its status, and one segment. */
export interface WorldPod {
  readonly status: PodStatus;
  readonly cells: readonly EvidenceCell[];
}

let processes = 0;

/** A pod, started just now, that has applied a serial and counted: requests and failures by version, in whatever route they are asked for. */
export function podAt(
  pod: string,
  serial: number | null,
  counts: Readonly<Record<number, readonly [requests: number, failed: number]>> = {},
): WorldPod {
  processes += 1;
  const versions = Object.keys(counts).map(Number);
  const status = statusOf(pod, { serial, sequence: 1 });
  const loaded = versions.map((version) => ({ version, digest: digestOf(version) }));
  const now = { startedAtMs: Date.now(), writtenAtMs: Date.now(), eventNowUs: Date.now() * 1000 };
  const late = { ...status.models.m!, loaded };
  const cells = versions.flatMap((version) =>
    (['champion', 'candidate', 'shadow'] as const).map((route) => {
      const [asked, failed] = counts[version]!;
      const about = { model: 'late', version, package: digestOf(version), route, serial: serial ?? 0 };
      return { ...requestsCell(asked, failed), ...about };
    }),
  );
  const evidence = { run: `p${processes}`, sequence: 1 };
  return { status: { ...status, ...now, evidence, models: { late } }, cells };
}

/** Nothing had to be looked up beside the documents. */
export const NO_BACKGROUND: Background = {
  repromoted: new Set(),
  emergencyEnded: false,
  saidInVain: [],
  wasLive: false,
  unknownBefore: null,
  askedBefore: false,
  otherVersions: [],
  besideRanBefore: new Set(),
  missingPackages: new Map(),
  reusedFrom: new Map(),
  soak: null,
  besideSoaks: new Map(),
  unread: [],
};

/** Of a main branch on which nothing ever stood but what stands there. */
export const NO_HISTORY = {
  askedBefore: async () => false,
  versionsAsked: async () => [],
  leftAt: async () => [],
  hadRelease: () => false,
  packagesOf: async () => [],
};

export const emptyWorkspace: Workspace = {
  sources: new Map(),
  entities: new Map(),
  views: new Map(),
  models: new Map(),
  versions: new Map(),
  environments: new Map(),
  strategies: new Map(),
  metrics: new Map(),
  policies: new Map(),
};
