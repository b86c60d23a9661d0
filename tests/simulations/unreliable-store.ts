import { setImmediate as nextTurn } from 'node:timers/promises';
import { digestBytes, SignalboxError } from '@signalbox/contracts';
import type { ReadLimits, StoredObject, WriteCondition } from '@signalbox/serving/stores';
import { MemoryStore } from '../support/memory-world.js';

export interface Faults {
  /** In [0, 1). */
  readonly random: () => number;
  /** How often an operation fails: before it is done, or after it, so that only its answer is lost. */
  readonly fails: number;
  /** How often a read answers what the object was before, or that it is not there yet. */
  readonly lies: number;
  /** The most turns of the event loop that an operation takes: other clients come in between. */
  readonly turns: number;
}

/** What every client of a store sees in the end: the objects, and what each of them was before. */
export class SharedObjects {
  readonly objects = new Map<string, Uint8Array>();
  readonly #before = new Map<string, (Uint8Array | null)[]>();
  /** Called after each write, before anything else can happen. */
  onWrite: (key: string) => void = () => undefined;

  written(key: string, before: Uint8Array | undefined): void {
    const list = this.#before.get(key) ?? [];
    list.push(before ?? null);
    this.#before.set(key, list);
    this.onWrite(key);
  }

  /** Something that the object was before; undefined where it never was anything else. */
  olderOf(key: string, random: number): Uint8Array | null | undefined {
    const list = this.#before.get(key) ?? [];
    return list[Math.floor(random * list.length)];
  }
}

/**
 * A store as one client sees it over a bad network: operations fail, take their time, and reads may be old. Conditional writes are decided on what is really
 * there, as every store must.
 */
export class UnreliableStore extends MemoryStore {
  readonly #shared: SharedObjects;
  readonly #faults: Faults;

  constructor(shared: SharedObjects, faults: Faults) {
    super(shared.objects);
    this.#shared = shared;
    this.#faults = faults;
  }

  override async read(key: string, limits?: ReadLimits): Promise<StoredObject | null> {
    await this.#trouble();
    const { lies, random } = this.#faults;
    const older = random() < lies ? this.#shared.olderOf(key, random()) : undefined;
    if (older === null) return null;
    if (older !== undefined) return { bytes: older, etag: digestBytes(older) };
    return super.read(key, limits);
  }

  override async write(key: string, content: Uint8Array | string, condition?: WriteCondition) {
    await this.#trouble();
    const before = this.objects.get(key);
    const done = super.write(key, content, condition);
    if (this.objects.get(key) !== before) this.#shared.written(key, before);
    const answer = await done;
    await this.#trouble();
    return answer;
  }

  async #trouble(): Promise<void> {
    const { fails, random, turns } = this.#faults;
    for (let left = Math.floor(random() * (turns + 1)); left > 0; left -= 1) await nextTurn();
    if (random() < fails) throw new SignalboxError('store/unavailable', 'cut', { retryable: true });
  }
}
