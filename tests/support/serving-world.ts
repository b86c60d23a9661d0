import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compileView,
  digestJson,
  type FeatureBundle,
  type FeatureView,
  type GoldenInputs,
  type ManifestPackage,
  type ReferenceProfile,
  type RolloutManifest,
  type Source,
} from '@signalbox/contracts';
import { RejectedFiles, runMaterializer } from '@signalbox/serving/materializer';
import { type BlobStore, openBlobStore, openEventLog, openOnlineStore, putBlob } from '@signalbox/serving/stores';
import { buildPackage } from '../../tools/registry/build-package.js';
import {
  buildRoot,
  initialiseTrust,
  mintKeys,
  type Published,
  publish,
  type TrustPublisher,
} from '../../tools/trust/index.js';
import { flatProfile } from './flat-profile.js';
import { linearOnnx } from './onnx-models.js';

export const MODEL = 'flight-delay';
export const HOUR_US = 3_600_000_000;
/** The newest arrival in the world's log. */
export const NOW_US = Date.UTC(2001, 3, 1, 12) * 1000;

const SOURCE: Source = {
  description: 'Flights',
  owner: 'tests',
  data: { format: 'csv', path: 'flights.csv' },
  columns: Object.fromEntries(
    (
      [
        ['date', 'timestamp'],
        ['delay', 'int'],
        ['origin', 'string'],
        ['destination', 'string'],
      ] as const
    ).map(([name, type]) => [name, { type, maxMissingShare: 0, severity: 'block' as const }]),
  ),
  eventTime: 'date',
  allowedLateness: '1d',
  futureSkew: '0s',
  duplicates: 'never',
  minRows: 1,
  maxQuarantineShare: 0,
};

const delays = (entity: string): FeatureView => ({
  kind: 'aggregate',
  description: 'Delays',
  entity,
  source: 'flights',
  mode: 'sawtooth',
  delay: '0s',
  aggregations: [
    { function: 'count', windows: ['1h', '24h'] },
    { function: 'mean', input: 'delay', windows: ['1h', '24h'] },
  ].map((each) => ({ ...each, name: each.function })) as never,
});

export const DEFINITIONS = {
  sources: new Map([['flights', SOURCE]]),
  entities: new Map([
    ['origin', { description: 'An airport', keys: [{ name: 'origin', type: 'string' as const }] }],
    [
      'route',
      {
        description: 'A pair of airports',
        keys: [
          { name: 'origin', type: 'string' as const },
          { name: 'destination', type: 'string' as const },
        ],
      },
    ],
  ]),
  views: new Map<string, FeatureView>([
    [
      'flight_request',
      {
        kind: 'request',
        description: 'The flight',
        inputs: { distance: { type: 'int', min: 0, max: 10_000 } },
        features: [
          { name: 'distance', expression: 'distance' },
          { name: 'hour', expression: 'hour_of_day(at)' },
        ],
      },
    ],
    ['route_delays', delays('route')],
    ['origin_delays', delays('origin')],
  ]),
};

/** The bundle of version 1 (`['flight_request', 'route_delays']`) or of version 2 (with `origin_delays`). */
export function bundleOf(...views: string[]): FeatureBundle {
  const compiled = views.map((name) => compileView(DEFINITIONS, name));
  return {
    schema: 'signalbox/feature-bundle/1',
    views: compiled,
    order: compiled.flatMap((view) => view.features.map((feature) => `${view.name}.${feature.name}`)),
  };
}

export const BUNDLE_1 = bundleOf('flight_request', 'route_delays');
export const BUNDLE_2 = bundleOf('flight_request', 'route_delays', 'origin_delays');

export interface TestPackage {
  readonly version: number;
  readonly bundle?: FeatureBundle;
  /** Default: the linear model with these weights (all 0) and this bias (0). */
  readonly onnx?: Uint8Array;
  readonly bias?: number;
  readonly golden?: Partial<GoldenInputs>;
  readonly profile?: ReferenceProfile;
  /** What its signature says it is a package of. */
  readonly model?: string;
}

export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** A whole serving world in a temporary folder: stores, keys, packages, published manifests. */
export class ServingWorld {
  readonly #packages: ManifestPackage[] = [];
  #publisher: TrustPublisher | null = null;
  #published: Published | null = null;
  #serial = 0;

  private constructor(
    readonly dir: string,
    readonly store: BlobStore,
  ) {}

  static async create(): Promise<ServingWorld> {
    const dir = await mkdtemp(join(tmpdir(), 'signalbox-serving-'));
    return new ServingWorld(dir, openBlobStore(join(dir, 'artifacts')));
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }

  /** Ten flights of ATL to LAX, one each hour until an hour before now, each 10 minutes late. */
  async fillOnlineStore(): Promise<void> {
    const log = openEventLog(this.path('log'));
    const online = openOnlineStore(this.path('online'));
    for (const view of BUNDLE_2.views) if (view.kind === 'aggregate') await online.registerView(view, {});
    const events = Array.from({ length: 10 }, (_, index) => {
      const eventTs = NOW_US - (10 - index) * HOUR_US;
      const row = { date: eventTs, delay: 10, origin: 'ATL', destination: 'LAX' };
      return { eventTs, arrivalTs: eventTs + HOUR_US, key: 'ATL', row };
    });
    await log.append('flights', events);
    await runMaterializer({ log, online, rejected: new RejectedFiles(this.path('rejected')), once: true });
    await log.close();
    await online.close();
  }

  async addPackage(options: TestPackage): Promise<ManifestPackage> {
    const { version, bundle = BUNDLE_1, bias = 0, model = MODEL } = options;
    const features = bundle.order.length;
    const onnx = options.onnx ?? linearOnnx({ weights: new Array(features).fill(0), bias });
    const built = await buildPackage(this.store, {
      model,
      onnx: { digest: await putBlob(this.store, onnx), sizeBytes: onnx.length },
      bundle,
      featuresDigest: digestJson(bundle),
      serving: { input: 'features', output: { tensor: 'score', column: 0 } },
      golden: {
        schema: 'signalbox/golden/1',
        rows: [new Array(features).fill(0)],
        scores: [sigmoid(bias)],
        tolerance: 1e-5,
        ...options.golden,
      },
      profile: options.profile ?? flatProfile(model, bundle.order),
    });
    const entry = { version, digest: built.digest, sizeBytes: built.sizeBytes, features: digestJson(bundle) };
    this.#packages.push(entry);
    return entry;
  }

  manifest(packages: readonly ManifestPackage[], changes: Partial<RolloutManifest> = {}): RolloutManifest {
    this.#serial += 1;
    const previous = this.#published?.manifests.get(MODEL);
    return {
      schema: 'signalbox/rollout-manifest/2',
      environment: 'prod',
      model: MODEL,
      serial: this.#serial,
      previous: previous === undefined ? null : digestJson(previous),
      commit: 'c'.repeat(40),
      clock: 'replay',
      packages: [...packages],
      champion: packages[0]!.version,
      previousChampion: null,
      candidate: null,
      candidateBuckets: 0,
      arms: [],
      segments: [],
      salt: 'salt',
      shadow: null,
      fallback: null,
      rule: null,
      limits: { timeoutMs: 500, priority: 'normal', costClass: null },
      rollout: { phase: 'live', step: 0, enteredAt: 0, desired: packages[0]!.digest, emergency: null, rejected: [] },
      ...changes,
    };
  }

  /** Signs and publishes; the first call mints the keys and writes `root.json`. */
  async publish(manifest: RolloutManifest): Promise<void> {
    const publisher = await this.#ready();
    this.#published = await publish(publisher, this.#published!, {
      manifests: new Map([[manifest.model, manifest]]),
      allowedPackages: this.#packages.map(({ digest, sizeBytes }) => ({ model: MODEL, digest, sizeBytes })),
    });
  }

  /** Every line of the JSON Lines objects under a prefix, in order. */
  async readLines<T>(prefix: string): Promise<T[]> {
    const lines: T[] = [];
    for await (const { key } of this.store.list(prefix)) {
      const text = Buffer.from((await this.store.read(key))!.bytes).toString('utf8');
      lines.push(
        ...text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as T),
      );
    }
    return lines;
  }

  /** The arguments of `signalbox-pod serve` in this world. */
  podArguments(name: string): string[] {
    const folders = { artifacts: 'artifacts', online: 'online', log: 'log', root: 'root.json', cache: `cache-${name}` };
    const paths = Object.entries(folders).flatMap(([option, folder]) => [`--${option}`, this.path(folder)]);
    return ['--env', 'prod', '--name', name, '--port', '0', '--poll', '100ms', ...paths];
  }

  /** Keys and an empty published state, so that a pod can start. */
  async initialise(): Promise<void> {
    await this.#ready();
  }

  async #ready(): Promise<TrustPublisher> {
    if (this.#publisher !== null) return this.#publisher;
    const keys = await mintKeys({ dir: this.path('keys'), environment: 'prod' });
    const rootBytes = buildRoot(keys, { nowMs: Date.now() });
    await writeFile(this.path('root.json'), rootBytes);
    this.#publisher = {
      store: this.store,
      environment: 'prod',
      keys,
      rootBytes,
      wallNow: Date.now,
      timestampValidityMs: 86_400_000,
    };
    this.#published = await initialiseTrust(this.#publisher);
    return this.#publisher;
  }
}
