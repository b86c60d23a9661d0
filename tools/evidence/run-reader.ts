import { MS_PER_DAY, type PodStatus, parseSegmentKey, segmentPrefix } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { readAgreed } from './read-segment.js';
import { SegmentRun } from './segment-run.js';

/** A stage that lasts longer is judged by its last month. */
const MAX_DAYS = 31;
/** Read at once: pods may write large ones. */
const BATCH = 8;
/** Objects with one number that are looked at; more than one is a mistake already. */
const MAX_COPIES = 4;

interface Numbered {
  readonly sequence: number;
  readonly keys: readonly string[];
}

/** Follows the segments of one process of a pod: each is read once, and only those that the pod says are in the store. */
export class RunReader {
  readonly run: string;
  readonly segments = new SegmentRun();
  readonly #store: BlobStore;
  readonly #models: ReadonlySet<string>;
  /** The newest day in which something was found: nothing newer lies in older ones. */
  #day: string | null = null;

  constructor(store: BlobStore, run: string, models: Iterable<string>) {
    this.#store = store;
    this.run = run;
    this.#models = new Set(models);
  }

  /** Whether it has looked for all of these since it began. */
  follows(run: string, models: readonly string[]): boolean {
    return run === this.run && models.every((model) => this.#models.has(model));
  }

  /** Reads what is new, newest first and back to before `serials` (the manifests wanted, by model) were applied. Errors: `store/unavailable`. */
  async catchUp(status: PodStatus, serials: ReadonlyMap<string, number>): Promise<void> {
    const last = status.evidence.sequence;
    if (this.segments.unread(last) === 0) return;
    const wanted = this.segments.wanted(last, BATCH);
    const { days, areAll } = await this.#days(status);
    let lowest = Number.POSITIVE_INFINITY;
    for (const day of days) {
      const found = await this.#numbered(status, day, wanted);
      if (found.length > 0 && (this.#day === null || day > this.#day)) this.#day = day;
      for (let at = 0; at < found.length; at += BATCH) {
        const batch = found.slice(at, at + BATCH);
        await Promise.all(batch.map((one) => this.#read(one)));
        lowest = Math.min(lowest, batch.at(-1)!.sequence);
        if (this.segments.reachesBefore(serials, lowest)) return this.segments.startAt(lowest);
      }
      if (this.segments.unread(last) === 0) return;
    }
    if (!areAll && Number.isFinite(lowest)) this.segments.startAt(lowest);
  }

  /** The days in which something new may lie, newest first. */
  async #days({ environment, pod, startedAtMs }: PodStatus): Promise<{ days: readonly string[]; areAll: boolean }> {
    const names = await this.#store.listNames(segmentPrefix(environment, pod));
    const since = this.#day ?? new Date(Math.max(0, startedAtMs - MS_PER_DAY)).toISOString().slice(0, 10);
    const days = names.filter((name) => /^\d{4}-\d{2}-\d{2}\/$/.test(name)).map((name) => name.slice(0, -1));
    const wanted = days.filter((day) => day >= since).reverse();
    return { days: wanted.slice(0, MAX_DAYS), areAll: wanted.length <= MAX_DAYS };
  }

  /** The objects of a day that carry a wanted number, the highest number first. */
  async #numbered(
    { environment, pod }: PodStatus,
    day: string,
    wanted: (sequence: number) => boolean,
  ): Promise<readonly Numbered[]> {
    const found = new Map<number, string[]>();
    const prefix = segmentPrefix(environment, pod, day);
    // Names alone: a listing with sizes looks at every object of the day.
    for (const key of (await this.#store.listNames(prefix)).map((one) => `${prefix}${one}`)) {
      const name = parseSegmentKey(key);
      if (name === null || name.run !== this.run || !wanted(name.sequence)) continue;
      const keys = found.get(name.sequence) ?? [];
      found.set(name.sequence, [...keys, key]);
    }
    return [...found].map(([sequence, keys]) => ({ sequence, keys })).sort((a, b) => b.sequence - a.sequence);
  }

  async #read({ keys, sequence }: Numbered): Promise<void> {
    const read = await readAgreed(this.#store, keys.slice(0, MAX_COPIES));
    if ('segment' in read) this.segments.add(read.segment);
    else this.segments.refuse(sequence, read.fault);
  }
}
