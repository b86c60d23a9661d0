import { setTimeout as sleep } from 'node:timers/promises';
import { isSignalboxError } from '@signalbox/contracts';
import { shareReads } from './shared-reads.js';
import { type MaterializerStores, NOTHING, type StepResult, ViewMaterializer } from './view-materializer.js';

export interface MaterializerOptions extends MaterializerStores {
  /** How long to wait when there is nothing to read. */
  readonly pollMs?: number;
  /** Stops after the batch in hand. */
  readonly signal?: AbortSignal;
  /** Stops when every view has read all of the log, instead of waiting for more. */
  readonly once?: boolean;
  /** After every round that read something, and once at the start. */
  readonly onProgress?: (progress: MaterializerProgress) => void;
}

/** Counts since the start, over all views: an event that three views read counts three times. */
export interface MaterializerProgress {
  readonly views: readonly { readonly name: string; readonly digest: string; readonly behind: number }[];
  readonly consumed: number;
  readonly applied: number;
  readonly late: number;
  readonly malformed: number;
}

/** Below the freshness that anybody can see, above what an idle process should cost. */
const DEFAULT_POLL_MS = 20;

/**
 * Keeps every registered view of the online store as fresh as the log, until `signal` or, with `once`, until all is read. One process does this for
 * a store. Errors: those of the stores; what was committed stays.
 */
export async function runMaterializer(options: MaterializerOptions): Promise<MaterializerProgress> {
  const { signal, onProgress, pollMs = DEFAULT_POLL_MS } = options;
  const { log, online, rejected } = options;
  const stores: MaterializerStores = {
    log: { read: shareReads(log.read.bind(log)), endOffsets: log.endOffsets.bind(log) },
    online,
    ...(rejected && { rejected }),
  };
  const materializers = new Map<string, ViewMaterializer>();
  const totals = { consumed: 0, applied: 0, late: 0, malformed: 0 };
  let progress: MaterializerProgress | null = null;
  for (;;) {
    await addRegisteredViews(materializers, stores);
    const before = totals.consumed;
    for (const materializer of materializers.values()) {
      if (signal?.aborted) break;
      await stepAllPartitions(materializer, stores, totals);
    }
    if (progress === null || totals.consumed > before || progress.views.length < materializers.size) {
      progress = await progressOf(materializers, totals);
      onProgress?.(progress);
    }
    if (signal?.aborted) return progressOf(materializers, totals);
    if (options.once && totals.consumed === before) {
      progress = await progressOf(materializers, totals);
      if (progress.views.every((view) => view.behind === 0)) return progress;
    }
    if (totals.consumed === before) await sleep(pollMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

/** How far each registered view is behind the log, in events. */
export async function materializerLag(stores: MaterializerStores): Promise<MaterializerProgress['views']> {
  const materializers = new Map<string, ViewMaterializer>();
  await addRegisteredViews(materializers, stores);
  return (await progressOf(materializers, { consumed: 0, applied: 0, late: 0, malformed: 0 })).views;
}

async function addRegisteredViews(materializers: Map<string, ViewMaterializer>, stores: MaterializerStores) {
  for (const registered of await stores.online.registeredViews()) {
    const known = materializers.get(registered.view.digest);
    if (known) known.reload(registered);
    else materializers.set(registered.view.digest, new ViewMaterializer(registered, stores));
  }
}

async function stepAllPartitions(
  materializer: ViewMaterializer,
  { log }: MaterializerStores,
  totals: { consumed: number; applied: number; late: number; malformed: number },
): Promise<void> {
  const partitions = (await log.endOffsets(materializer.view.source.name)).length;
  for (let partition = 0; partition < partitions; partition++) {
    const step = await materializer.step(partition).catch(noneWhereBackfilled);
    totals.consumed += step.consumed;
    totals.applied += step.applied;
    totals.late += step.late;
    totals.malformed += step.malformed;
  }
}

/** A backfill replaced the view under the batch: the next round starts from what it left. */
function noneWhereBackfilled(error: unknown): StepResult {
  if (isSignalboxError(error) && error.code === 'store/conflict') return NOTHING;
  throw error;
}

async function progressOf(
  materializers: ReadonlyMap<string, ViewMaterializer>,
  totals: Omit<MaterializerProgress, 'views'>,
): Promise<MaterializerProgress> {
  const views: { name: string; digest: string; behind: number }[] = [];
  for (const materializer of materializers.values()) {
    const { name, digest } = materializer.view;
    views.push({ name, digest, behind: await materializer.behind() });
  }
  return { views, ...totals };
}
