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
  championAlone,
  inWords,
  judgeLoaded,
  type LoadProblem,
  type LoadProblems,
  leftOut,
  type ModelState,
  planModel,
  type Refusal,
  staysGood,
  toLoad,
  unneeded,
} from './plan.js';

export interface ModelHostOptions extends LoaderOptions, Omit<TableContext, 'onBreaker' | keyof Taking> {
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
  /** The manifest that was taken last. Where a later one is rejected, what is left of that serves, and counts for this one. */
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

  /** Brings the model to a manifest, or withdraws it (null). Never throws: of what is rejected, that serves which can. */
  async follow(wanted: RolloutManifest | null): Promise<void> {
    if (wanted !== null && this.#wanted?.serial === wanted.serial && this.#loading.size > 0) return;
    const isWhole = this.#rejected === null && this.#unusable.length === 0;
    const state = {
      serves: this.#table !== null,
      appliedSerial: this.#appliedSerial,
      retry: isWhole ? null : this.#retry,
    };
    const plan = planModel(state, wanted, this.#options.wallNow());
    this.#wanted = wanted;
    if (plan === 'withdraw') this.#swap(null, 'withdrawn', []);
    if (wanted === null || plan !== 'apply') return;
    const problems = await this.#load(wanted);
    if (this.#wanted !== wanted) {
      this.#sweep();
      return;
    }
    this.#retry = { serial: wanted.serial, atMs: this.#options.wallNow() + RETRY_MS };
    // What serves by this manifest was usable when it was taken.
    if (wanted.serial !== this.#appliedSerial) this.#take(wanted, problems);
    await this.#lookAgain(wanted, problems);
  }

  status(freshness: { readonly staleMs: number; readonly frozen: boolean }): PodModelStatus {
    return {
      appliedSerial: this.#appliedSerial,
      servedSerial: this.#table?.manifest.serial ?? null,
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
  async #load(manifest: RolloutManifest): Promise<LoadProblems> {
    const problems = new Map<number, LoadProblem>();
    const load = (entry: ManifestPackage) =>
      this.#loadOnce(entry).catch((error) => problems.set(entry.version, problemOf(error)));
    await Promise.all(toLoad(manifest, this.#loaded).map(load));
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
    const { refusal, served } = this.#carryOut(manifest, problems);
    const isLeft = refusal !== null && this.#table?.manifest.serial === manifest.serial;
    if (refusal === null) [this.#rejected, this.#appliedSerial] = [null, manifest.serial];
    else this.#reject(manifest, refusal);
    if (served === null || isLeft) return;
    const { event, table, unusable } = served;
    this.#swap(table, event, unusable);
    for (const { name, unknown } of table.segments.idle) {
      this.#options.onChange(`no version takes ${unknown}: nobody belongs to the segment ${name}`);
    }
  }

  /** The most of a manifest that can serve here. What that counts is evidence of a manifest only where it is the whole rollout. */
  #carryOut(manifest: RolloutManifest, problems: LoadProblems): { refusal: Refusal | null; served: Served | null } {
    const { refusal, serves } = judgeLoaded(manifest, problems);
    if (serves === null) return { refusal, served: null };
    const unusable = leftOut(serves, problems);
    const taking = {
      without: numbersOf([...unusable, ...(refusal?.versions ?? [])]),
      breakers: null,
      countedUnder: refusal === null ? manifest.serial : (this.#appliedSerial ?? 0),
    };
    try {
      const event = servesWords(manifest, refusal === null, unusable);
      return { refusal, served: { table: this.#tableOf(serves, taking), event, unusable } };
    } catch (error) {
      const also = withAlso(refusal, error);
      if (staysGood(this.#table?.manifest ?? null, manifest)) return { refusal: also, served: null };
      const table = this.#tableOf(championAlone(manifest), { ...taking, countedUnder: this.#appliedSerial ?? 0 });
      const event = `serves the champion of manifest ${manifest.serial} alone`;
      return { refusal: also, served: { table, event, unusable: [] } };
    }
  }

  /** What is served without a version is served with it once that can be used, whatever becomes of a later manifest. `tried`: the one that was just tried. */
  async #lookAgain(tried: RolloutManifest, problems: LoadProblems): Promise<void> {
    const table = this.#table;
    if (table === null || this.#unusable.length === 0) return;
    const { breakers, manifest, versions } = table;
    const now = manifest.serial === tried.serial ? problems : await this.#load(manifest);
    if (this.#table !== table) {
      this.#sweep();
      return;
    }
    const [before, unusable] = [numbersOf(this.#unusable), leftOut(manifest, now)];
    if ([...numbersOf(unusable)].join() === [...before].join()) {
      this.#unusable = unusable;
      return;
    }
    const others = [...versions.values()].filter(({ loaded, version }) => loaded === null && !before.has(version));
    const without = numbersOf([...unusable, ...others]);
    try {
      const again = this.#tableOf(manifest, { without, breakers, countedUnder: this.#appliedSerial ?? 0 });
      this.#swap(again, servesWords(manifest, manifest.serial === this.#appliedSerial, unusable), unusable);
    } catch (error) {
      // With what it names, a condition means something else than without.
      this.#unusable = this.#unusable.map((one) => ({ ...one, reason: reasonOf(error) }));
    }
  }

  #tableOf(manifest: RolloutManifest, taking: Taking): ServingTable {
    const { model, metrics, evidence, onChange } = this.#options;
    const { breakersOpened } = metrics;
    return new ServingTable(manifest, this.#loaded, {
      ...taking,
      metrics,
      evidence,
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
  #swap(table: ServingTable | null, event: string, unusable: readonly UnusableVersion[]): void {
    const old = this.#table;
    [this.#table, this.#unusable] = [table, unusable];
    if (table === null) this.#appliedSerial = null;
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
type Taking = Pick<TableContext, 'without' | 'breakers' | 'countedUnder'>;

interface Served {
  readonly table: ServingTable;
  readonly event: string;
  readonly unusable: readonly UnusableVersion[];
}

const numbersOf = (versions: readonly { readonly version: number }[]): ReadonlySet<number> =>
  new Set(versions.map(({ version }) => version));

function servesWords({ serial }: RolloutManifest, whole: boolean, unusable: readonly UnusableVersion[]): string {
  const what = `serves ${whole ? '' : 'the rest of '}manifest ${serial}`;
  return unusable.length === 0 ? what : `${what} without ${inWords(unusable)}`;
}

/** What the manifest itself says cannot be carried out here, besides what is refused already. */
function withAlso(refusal: Refusal | null, error: unknown): Refusal {
  const reasons = [...(refusal === null ? [] : [refusal.reason]), reasonOf(error)];
  return { reason: reasons.join('; '), versions: refusal?.versions ?? [] };
}
