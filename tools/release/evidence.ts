import type { EvidenceCell, PodStatus, VersionCounts } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';

/**
 * Where the reconciler learns what pods did. The embedded provider reads the status documents that pods write to the artifact store;
 * Prometheus and a command are to be others. Absent evidence is an empty answer, never an error; an unreachable store is one.
 */
export interface EvidenceProvider {
  read(environment: string): Promise<readonly PodStatus[]>;
}

/** What one pod says about one model, with what makes it count or not. */
export interface PodEvidence {
  readonly pod: string;
  /** Written recently enough to say what is happening now. */
  readonly fresh: boolean;
  /** The pod no longer trusts that its manifest is the newest: its numbers must not move weight. */
  readonly frozen: boolean;
  readonly appliedSerial: number | null;
  readonly rejected: { readonly serial: number; readonly reason: string } | null;
  /** Why what the pod wrote is no evidence (a gap, a clock that is wrong, another pod's name), as a sentence's end; null: it is whole. */
  readonly problem: string | null;
  /** What it counted of this model under `appliedSerial`, added up over all windows: one cell for each package and route. */
  readonly cells: readonly EvidenceCell[];
}

/** Pods write at least once in their poll interval, so three of them without a word mean that a pod is gone. */
const POLLS_UNTIL_STALE = 3;
/** Pods that poll very often still get time to be scheduled. */
const MIN_STALE_MS = 15_000;

export function staleAfterMs(podPollMs: number): number {
  return Math.max(POLLS_UNTIL_STALE * podPollMs, MIN_STALE_MS);
}

/** Pods that say nothing about the model are left out: they do not serve it. */
export function evidenceFor(
  statuses: readonly PodStatus[],
  { model, wallNowMs, staleMs }: { readonly model: string; readonly wallNowMs: number; readonly staleMs: number },
): readonly PodEvidence[] {
  return statuses.flatMap((status) => {
    const said = status.models[model];
    if (!said) return [];
    const { appliedSerial, frozen, rejected } = said;
    const fresh = wallNowMs - status.writtenAtMs <= staleMs;
    const cells = Object.entries(said.sinceApplied).flatMap((counted) => cellsOf(model, appliedSerial ?? 0, counted));
    return [{ pod: status.pod, fresh, frozen, appliedSerial, rejected, problem: null, cells }];
  });
}

/** The counts of a status as cells, as far as they go: a version that was chosen is told apart as candidate or champion by who asks. */
function cellsOf(model: string, serial: number, [digest, counts]: [string, VersionCounts]): readonly EvidenceCell[] {
  const cell = { model, version: 1, package: digest, serial, windowUs: 0, degraded: 0, latency: [] };
  const empty = { score: [], features: [], paired: null };
  const chosen = { asked: counts.chosen, failed: { error: counts.failed }, ...empty };
  const shadowed = { asked: counts.shadowed, failed: { error: counts.shadowFailed }, ...empty };
  return [
    { ...cell, route: 'candidate', ...chosen },
    { ...cell, route: 'champion', ...chosen },
    { ...cell, route: 'shadow', ...shadowed },
  ];
}

/** How long a list of pods is believed before the store is asked for new ones: listing walks all evidence, reading one does not. */
const LIST_EVERY_MS = 2_000;

/** The embedded provider: `evidence/<env>/<pod>/status.json` in the artifact store, each read again only when it changed. */
export class StoreEvidence implements EvidenceProvider {
  readonly #store: BlobStore;
  readonly #wallNow: () => number;
  #known: { readonly environment: string; readonly keys: readonly string[]; readonly atMs: number } | null = null;
  readonly #cache = new Map<string, { readonly etag: string; readonly status: PodStatus | null }>();

  constructor(store: BlobStore, wallNow: () => number) {
    this.#store = store;
    this.#wallNow = wallNow;
  }

  async read(environment: string): Promise<readonly PodStatus[]> {
    const statuses = await Promise.all((await this.#keys(environment)).map((key) => this.#status(key)));
    return statuses.filter((status): status is PodStatus => status?.environment === environment);
  }

  async #keys(environment: string): Promise<readonly string[]> {
    const nowMs = this.#wallNow();
    const known = this.#known;
    if (known?.environment === environment && known.keys.length > 0 && nowMs - known.atMs < LIST_EVERY_MS)
      return known.keys;
    const keys: string[] = [];
    for await (const { key } of this.#store.list(`evidence/${environment}/`)) {
      if (/^evidence\/[^/]+\/[^/]+\/status\.json$/.test(key)) keys.push(key);
    }
    this.#known = { environment, keys, atMs: nowMs };
    return keys;
  }

  async #status(key: string): Promise<PodStatus | null> {
    const cached = this.#cache.get(key);
    const found = await this.#store.readIfChanged(key, cached?.etag ?? null);
    if (found === 'unchanged') return cached?.status ?? null;
    if (found === null) return null;
    // A pod may write under its own name alone, so a status that claims another name is none.
    const parsed = parsePodStatus(found.bytes);
    const status = parsed?.pod === key.split('/')[2] ? parsed : null;
    this.#cache.set(key, { etag: found.etag, status });
    return status;
  }
}

/** Pods are less trusted than Git: what does not look like a status is no evidence, and stops nothing. */
export function parsePodStatus(bytes: Uint8Array): PodStatus | null {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as PodStatus;
    const models = Object.values(value.models);
    const sound = value.schema === 'signalbox/pod-status/1' && Number.isFinite(value.writtenAtMs);
    return sound && models.every((one) => areCounts(one.sinceApplied)) ? value : null;
  } catch {
    return null;
  }
}

function areCounts(counts: Readonly<Record<string, VersionCounts>>): boolean {
  return Object.values(counts).every(
    ({ chosen, failed, shadowed, shadowFailed }) => isShare(failed, chosen) && isShare(shadowFailed, shadowed),
  );
}

const isShare = (part: number, whole: number): boolean =>
  Number.isSafeInteger(part) && Number.isSafeInteger(whole) && part >= 0 && part <= whole;
