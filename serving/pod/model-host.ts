import type {
  ManifestPackage,
  PodModelStatus,
  PodRefusal,
  RolloutManifest,
  UnusableVersion,
} from '@signalbox/contracts';
import { type LoadedVersion, ServingTable, type TableContext } from '../prediction/index.js';
import { type LoaderOptions, loadPackage, missingViews, problemOf, reasonOf } from './package-loader.js';
import {
  championOnly,
  inWords,
  judgeLoaded,
  type LoadProblem,
  type LoadProblems,
  type ModelState,
  planModel,
  type Refusal,
  staysGood,
  unneeded,
} from './plan.js';

export interface ModelHostOptions extends LoaderOptions, Omit<TableContext, 'onBreaker' | 'breakers' | 'countedUnder'> {
  readonly wallNow: () => number;
  /** Something changed that others should hear of soon. */
  readonly onChange: (event: string) => void;
}

/** What could not be taken whole is tried again: a store may come back, a feature view may be filled. */
const RETRY_MS = 5_000;

/** One model on this pod: what is loaded, what serves, and what was rejected or is left out. */
export class ModelHost {
  readonly #options: ModelHostOptions;
  readonly #loaded = new Map<string, LoadedVersion>();
  readonly #loading = new Map<string, Promise<LoadedVersion>>();
  readonly #draining = new Set<ServingTable>();
  #table: ServingTable | null = null;
  #appliedSerial: number | null = null;
  #rejected: PodRefusal | null = null;
  /** What serves, serves without these. */
  #unusable: readonly UnusableVersion[] = [];
  #retry: ModelState['retry'] = null;
  /** The newest manifest asked for: an older one that is still loading is given up for it. */
  #wanted: RolloutManifest | null = null;

  constructor(options: ModelHostOptions) {
    this.#options = options;
  }

  /** What serves now. */
  get table(): ServingTable | null {
    return this.#table;
  }

  get rejected(): PodRefusal | null {
    return this.#rejected;
  }

  /** Brings the model to a manifest, or withdraws it (null). Never throws: what fails is rejected, and the last good one stays. */
  async follow(wanted: RolloutManifest | null): Promise<void> {
    if (wanted !== null && this.#wanted?.serial === wanted.serial && this.#loading.size > 0) return;
    const state = {
      appliedSerial: this.#appliedSerial,
      retry: this.#retry,
      loaded: new Set(this.#loaded.keys()),
    };
    const plan = planModel(state, wanted, this.#options.wallNow());
    this.#wanted = wanted;
    if (plan.kind === 'withdraw') this.#swap(null, 'withdrawn');
    if (plan.kind !== 'apply') return;
    const problems = await this.#load(plan.manifest, plan.load);
    if (this.#wanted === plan.manifest) this.#take(plan.manifest, problems);
    else this.#sweep();
  }

  status(freshness: { readonly staleMs: number; readonly frozen: boolean }): PodModelStatus {
    return {
      appliedSerial: this.#appliedSerial,
      rejected: this.#rejected,
      unusable: this.#unusable,
      staleMs: freshness.staleMs,
      frozen: freshness.frozen,
      loaded: [...this.#loaded.values()].map(({ version, digest }) => ({ version, digest })),
      limits: this.#table?.manifest.limits ?? null,
      breaker: this.#table?.breakers.open ?? null,
    };
  }

  /** Takes no more requests, lets those in flight finish, and frees every session. */
  async close(): Promise<void> {
    this.#wanted = null;
    await Promise.allSettled(this.#loading.values());
    const tables = [...this.#draining, ...(this.#table === null ? [] : [this.#table])];
    this.#table = null;
    await Promise.all(tables.map((table) => table.drained()));
    const loaded = [...this.#loaded.values()];
    this.#loaded.clear();
    await Promise.all(loaded.map((version) => version.close()));
  }

  /** Loads what is missing, side by side, and answers what is wrong with which version. */
  async #load(manifest: RolloutManifest, load: readonly ManifestPackage[]): Promise<LoadProblems> {
    const problems = new Map<number, LoadProblem>();
    await Promise.all(
      load.map((entry) => this.#loadOnce(entry).catch((error) => problems.set(entry.version, problemOf(error)))),
    );
    for (const { version, digest } of manifest.packages) {
      const loaded = this.#loaded.get(digest);
      const missing = loaded === undefined ? null : await missingViews(loaded, manifest);
      if (missing !== null) problems.set(version, missing);
    }
    return problems;
  }

  #loadOnce(entry: ManifestPackage): Promise<LoadedVersion> {
    let loading = this.#loading.get(entry.digest);
    if (loading === undefined) {
      loading = loadPackage(entry, this.#options)
        .then((loaded) => {
          this.#loaded.set(entry.digest, loaded);
          return loaded;
        })
        .finally(() => this.#loading.delete(entry.digest));
      this.#loading.set(entry.digest, loading);
    }
    return loading;
  }

  #take(manifest: RolloutManifest, problems: LoadProblems): void {
    const verdict = judgeLoaded(manifest, problems, this.#table?.manifest ?? null);
    this.#retry = { serial: manifest.serial, atMs: this.#options.wallNow() + RETRY_MS };
    if (verdict.kind === 'take') this.#takeWithout(manifest, verdict.unusable);
    // What serves by this manifest was usable when it was taken.
    else if (manifest.serial === this.#appliedSerial) return;
    else if (verdict.kind === 'reject') this.#reject(manifest, verdict.refusal);
    else this.#takeChampion(manifest, verdict.refusal);
  }

  #takeWithout(manifest: RolloutManifest, unusable: readonly UnusableVersion[]): void {
    const isServed = manifest.serial === this.#appliedSerial;
    if (isServed && versionsOf(unusable) === versionsOf(this.#unusable)) {
      this.#unusable = unusable;
      return;
    }
    let table: ServingTable;
    try {
      table = this.#tableOf(manifest, {
        ...{ unusable, countedUnder: manifest.serial },
        breakers: isServed ? (this.#table?.breakers ?? null) : null,
      });
    } catch (error) {
      const refusal = aboutNoVersion(error);
      if (staysGood(this.#table?.manifest ?? null, manifest)) this.#reject(manifest, refusal);
      else this.#takeChampion(manifest, refusal);
      return;
    }
    this.#rejected = null;
    this.#unusable = unusable;
    if (unusable.length === 0) this.#retry = null;
    this.#appliedSerial = manifest.serial;
    const without = unusable.length === 0 ? '' : ` without ${inWords(unusable)}`;
    this.#swap(table, `serves manifest ${manifest.serial}${without}`);
    for (const { name, unknown } of table.segments.idle) {
      this.#options.onChange(`no version takes ${unknown}: nobody belongs to the segment ${name}`);
    }
  }

  /** A pod that has nothing better serves the champion of a manifest that it rejects. What it counts meanwhile is none of that manifest's evidence. */
  #takeChampion(manifest: RolloutManifest, refusal: Refusal): void {
    this.#reject(manifest, refusal);
    try {
      this.#swap(
        this.#tableOf(championOnly(manifest), { unusable: [], breakers: null, countedUnder: this.#appliedSerial ?? 0 }),
        `serves the champion of manifest ${manifest.serial} alone`,
      );
    } catch (error) {
      this.#reject(manifest, aboutNoVersion(error));
    }
  }

  #tableOf(manifest: RolloutManifest, { unusable, breakers, countedUnder }: Taking): ServingTable {
    const { model, metrics, evidence, onChange } = this.#options;
    const { breakersOpened } = metrics;
    const usable = [...this.#loaded].filter(([, { version }]) => !unusable.some((one) => one.version === version));
    return new ServingTable(manifest, new Map(usable), {
      metrics,
      evidence,
      breakers,
      countedUnder,
      onBreaker: ({ version, serial, reason }) => {
        breakersOpened.series({ model, version }).value += 1;
        onChange(`asks version ${version} no more under manifest ${serial}: ${reason}`);
      },
    });
  }

  #reject({ serial }: RolloutManifest, refusal: Refusal): void {
    const before = this.#rejected;
    this.#rejected = { serial, ...refusal };
    // What a version waits for may take days, and is tried again every few seconds.
    if (before?.serial !== serial || before.reason !== refusal.reason) {
      this.#options.onChange(`rejected manifest ${serial}: ${refusal.reason}`);
    }
    this.#sweep();
  }

  /** One assignment: requests that hold the old table finish with it, and its versions go only after that. */
  #swap(table: ServingTable | null, event: string): void {
    const old = this.#table;
    this.#table = table;
    if (table === null) [this.#appliedSerial, this.#unusable] = [null, []];
    this.#options.metrics.swaps.series({ model: this.#options.model }).value += 1;
    this.#options.onChange(event);
    if (old !== null) void this.#retire(old);
    this.#sweep();
  }

  async #retire(table: ServingTable): Promise<void> {
    this.#draining.add(table);
    await table.drained();
    this.#draining.delete(table);
    this.#sweep();
  }

  /** Frees what no table and no wanted manifest needs. */
  #sweep(): void {
    const manifests = [...this.#draining, this.#table].map((table) => table?.manifest ?? null);
    for (const digest of unneeded(this.#loaded.keys(), [...manifests, this.#wanted])) {
      const loaded = this.#loaded.get(digest);
      this.#loaded.delete(digest);
      void loaded?.close();
    }
  }
}

/** How a manifest becomes a table. */
interface Taking extends Pick<TableContext, 'breakers' | 'countedUnder'> {
  readonly unusable: readonly UnusableVersion[];
}

const versionsOf = (unusable: readonly UnusableVersion[]): string => unusable.map(({ version }) => version).join();

/** What the manifest itself says cannot be carried out here. */
const aboutNoVersion = (error: unknown): Refusal => ({ reason: reasonOf(error), versions: [] });
