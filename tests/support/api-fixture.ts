import { mkdir } from 'node:fs/promises';
import type {
  EvidenceCell,
  ManifestPackage,
  PodBreaker,
  PredictionRecord,
  RolloutManifest,
} from '@signalbox/contracts';
import type { FastifyInstance } from 'fastify';
import { createServer } from '../../serving/api/index.js';
import { fetchPackage, readPackage } from '../../serving/artifacts/index.js';
import { type LoadedVersion, loadVersion, Predictor, ServingTable } from '../../serving/prediction/index.js';
import { type OnlineStore, openOnlineStore } from '../../serving/stores/index.js';
import {
  createMetrics,
  EvidenceRecorder,
  OutcomeLog,
  type PodMetrics,
  PredictionIds,
  PredictionLog,
} from '../../serving/telemetry/index.js';
import { MODEL, NOW_US, ServingWorld } from './serving-world.js';

/** The HTTP interface of a pod in this process: real packages, real features, no port and no trust. */
export class ApiFixture {
  readonly app: FastifyInstance;
  readonly bugs: unknown[] = [];
  readonly problems: string[] = [];
  readonly breakers: PodBreaker[] = [];
  readonly metrics: PodMetrics = createMetrics();
  readonly #evidence = new EvidenceRecorder();
  readonly #loaded = new Map<string, LoadedVersion>();
  readonly #log: PredictionLog;
  readonly #outcomes: OutcomeLog;
  #table: ServingTable | null = null;
  ready = true;
  eventNowUs: number | null = NOW_US;
  /** How far the clock of the pod was set ahead. */
  aheadMs = 0;
  readonly #now = (): number => performance.now() + this.aheadMs;

  private constructor(
    readonly world: ServingWorld,
    readonly online: OnlineStore,
    logRate: number,
  ) {
    const logs = { store: world.store, environment: 'prod', pod: 'pod-1', wallNow: Date.now, onProblem: () => {} };
    this.#log = new PredictionLog({ ...logs, rate: logRate, random: Math.random });
    this.#outcomes = new OutcomeLog(logs);
    this.app = createServer({
      pod: {
        table: (model) => (model === MODEL ? this.#table : null),
        tables: () => (this.#table === null ? [] : [this.#table]),
        awaits: () => this.#table === null,
        readiness: () => ({ ready: this.ready, reasons: this.ready ? [] : ['told so'] }),
        status: () => ({ pod: 'pod-1' }) as never,
        eventNowUs: () => this.eventNowUs,
      },
      predictor: new Predictor({
        log: this.#log,
        ids: new PredictionIds('pod-1'),
        now: this.#now,
        wallNow: Date.now,
        onProblem: (problem) => this.problems.push(problem),
      }),
      online,
      outcomes: this.#outcomes,
      metrics: this.metrics,
      bodyLimitBytes: 1024 * 1024,
      wallNow: Date.now,
      onBug: (error) => this.bugs.push(error),
    });
  }

  static async create(
    wrap: (online: OnlineStore) => OnlineStore = (online) => online,
    logRate = 1,
  ): Promise<ApiFixture> {
    const world = await ServingWorld.create();
    await world.fillOnlineStore();
    return new ApiFixture(world, wrap(openOnlineStore(world.path('online'), { readOnly: true })), logRate);
  }

  get table(): ServingTable {
    return this.#table!;
  }

  /** Loads the packages that are not loaded yet and serves the manifest. `without`: versions that are as if they could not be loaded. */
  async serve(
    packages: readonly ManifestPackage[],
    changes: Partial<RolloutManifest> = {},
    without: number[] = [],
  ): Promise<void> {
    const usable = new Map<string, LoadedVersion>();
    for (const entry of packages) {
      if (without.includes(entry.version)) continue;
      const loaded = this.#loaded.get(entry.digest) ?? (await this.#load(entry));
      this.#loaded.set(entry.digest, loaded);
      usable.set(entry.digest, loaded);
    }
    const manifest = this.world.manifest(packages, changes);
    this.#table = new ServingTable(manifest, usable, {
      metrics: this.metrics,
      evidence: this.#evidence,
      without: new Set(),
      breakers: null,
      countedUnder: manifest.serial,
      onBreaker: (breaker) => this.breakers.push(breaker),
    });
  }

  async post(url: string, body: unknown): Promise<{ status: number; body: never; headers: Record<string, unknown> }> {
    const response = await this.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(body),
    });
    return { status: response.statusCode, body: response.json() as never, headers: response.headers };
  }

  predict(body: unknown) {
    return this.post(`/v1/models/${MODEL}/predict`, body);
  }

  /** What the prediction log holds. */
  async logged(): Promise<PredictionRecord[]> {
    await this.#log.segments.flush();
    return this.world.readLines<PredictionRecord>('evidence/prod/pod-1/predictions/');
  }

  /** What was counted since the last time. */
  counted(): EvidenceCell[] {
    return this.#evidence.take();
  }

  async loggedOutcomes(): Promise<unknown[]> {
    await this.#outcomes.segments.flush();
    return this.world.readLines('evidence/prod/pod-1/outcomes/');
  }

  async close(): Promise<void> {
    await this.app.close();
    await Promise.all([...this.#loaded.values()].map((loaded) => loaded.close()));
    await this.online.close();
    await this.#log.segments.flush();
    await this.#outcomes.segments.flush();
    await this.world.remove();
  }

  async #load(entry: ManifestPackage): Promise<LoadedVersion> {
    await mkdir(this.world.path('cache'), { recursive: true });
    const local = await readPackage(
      await fetchPackage(this.world.store, entry.digest, { cacheDir: this.world.path('cache') }),
    );
    return loadVersion(entry, local, {
      model: MODEL,
      online: this.online,
      metrics: this.metrics,
      now: this.#now,
    });
  }
}

export const REQUEST = { entities: { route: { origin: 'ATL', destination: 'LAX' } }, request: { distance: 500 } };
