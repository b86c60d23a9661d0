import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { digestJson, isSignalboxError, type RolloutManifest } from '@signalbox/contracts';
import { timestampKey } from '@signalbox/serving/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PassResult, type PassTools, runPass } from '../../tools/release/index.js';
import { mulberry32 } from '../../tools/statistics/index.js';
import { buildRoot, type KeySet, mintKeys, readPublished } from '../../tools/trust/index.js';
import { MemoryStore } from '../support/memory-world.js';
import { digestOf, podAt, recordOf, reportTo } from '../support/release-world.js';
import { MemoryBranch, toolsOf } from './branch-world.js';
import { type Faults, SharedObjects, UnreliableStore } from './unreliable-store.js';

const FIRST_SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 1);
const SEEDS = Array.from({ length: Number(process.env.SIGNALBOX_TEST_RUNS ?? 6) }, (_, i) => FIRST_SEED + i);
console.info(
  `racing reconcilers: seeds from ${FIRST_SEED} (set SIGNALBOX_TEST_SEED for others, SIGNALBOX_TEST_RUNS for more)`,
);

/** Passes of each reconciler while everything fails, and at most as many while nothing does. */
const PASSES = 20;
/** Version 3 is well in the first step of its canary and fails in the second. */
const BAD_VERSION = 3;
/** The others were gated against the one before, this one against version 1. */
const BAD_RECORD = {
  'models/late/versions/3.yaml': recordOf(3, { boundTo: { ...recordOf(3).boundTo, champion: digestOf(1) } }),
};
const NO_FAULTS = { fails: 0, lies: 0, turns: 0 };
const FREEZE = { reason: 'holidays', from: '2001-01-01', to: '2101-01-01', by: 'Ada' };

describe('reconcilers that race over a store that fails, is slow and answers old reads', () => {
  let dir: string;
  let keys: KeySet;
  let rootBytes: Uint8Array;
  const phases: string[] = [];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-racing-'));
    keys = await mintKeys({ dir, environment: 'prod' });
    rootBytes = buildRoot(keys, { nowMs: Date.now() });
  });
  afterAll(() => rm(dir, { recursive: true }));

  it.each(SEEDS)(
    'never lose an update, skip a step, forget a rejection or go back to an older commit: seed %i',
    async (seed) => {
      const world = new RacingWorld(seed, { keys, rootBytes });
      await world.play();
      const versions = world.timestampVersions();
      expect(versions).toEqual(versions.map((_, i) => i + 1));
      const states = await world.statesSeen();
      phases.push(...states.map(({ rollout }) => `${rollout.phase} ${rollout.step}`));
      for (const [i, state] of states.entries()) if (i > 0) assertFollows(states[i - 1]!, state);
      for (const { champion } of states) expect(champion).not.toBe(BAD_VERSION);

      const end = await world.settle();
      const { asked } = world;
      if (end.champion !== asked) expect(whyNot(end, asked), JSON.stringify(world.lastReasons)).not.toBeNull();
    },
  );

  it('have been through every phase of a canary meanwhile', () => {
    expect([...new Set(phases)].sort()).toEqual(['canary 0', 'canary 1', 'live 0', 'rejected 0']);
  });
});

/** What people, pods and two reconcilers do, in an order that the seed decides. */
class RacingWorld {
  readonly #random: () => number;
  readonly #trust: { readonly keys: KeySet; readonly rootBytes: Uint8Array };
  readonly #shared = new SharedObjects();
  readonly #branch = new MemoryBranch();
  /** The store as it was after each publication. */
  readonly #published: Map<string, Uint8Array>[] = [];
  readonly #nowMs = Date.now();
  #isFrozen = false;
  #passes = 0;
  asked = 1;
  lastReasons: readonly string[] = [];

  constructor(seed: number, trust: { readonly keys: KeySet; readonly rootBytes: Uint8Array }) {
    this.#random = mulberry32(seed);
    this.#trust = trust;
    this.#branch.ask(1);
    this.#shared.onWrite = (key) => {
      if (key === timestampKey('prod')) this.#published.push(new Map(this.#shared.objects));
    };
  }

  async play(): Promise<void> {
    const trouble = { fails: 0.01, lies: 0.03, turns: 3 };
    await Promise.all([this.#reconciler(trouble), this.#reconciler(trouble), this.#people(), this.#pods()]);
  }

  /** Once nothing fails any more and nobody changes anything: passes until nothing is left to do. */
  async settle(): Promise<RolloutManifest> {
    while (this.#isFrozen) this.#ask(this.asked);
    const tools = this.#tools(NO_FAULTS);
    let last: PassResult | null = null;
    for (let pass = 0; pass < PASSES; pass += 1) {
      last = await runPass(tools, last);
      this.lastReasons = last.models[0]!.reasons;
      if (!last.models[0]!.changed && pass > 1) return last.published.manifests.get('late')!;
      await this.#report();
    }
    throw new Error(`not settled after ${PASSES} passes: ${this.lastReasons.join('; ')}`);
  }

  /** One after the other: two that follow the same one would be an update that was lost. */
  timestampVersions(): readonly number[] {
    return this.#published.map((objects) => {
      const timestamp = JSON.parse(Buffer.from(objects.get(timestampKey('prod'))!).toString('utf8'));
      return timestamp.signed.version as number;
    });
  }

  async statesSeen(): Promise<readonly RolloutManifest[]> {
    const states: RolloutManifest[] = [];
    for (const objects of this.#published) {
      const manifest = await this.#manifestIn(objects);
      if (manifest !== null && manifest.serial !== states.at(-1)?.serial) states.push(manifest);
    }
    return states;
  }

  #tools(faults: Omit<Faults, 'random'>): PassTools {
    const random = this.#random;
    const newest = (): number => this.#branch.heads.length - 1;
    const lag = (): number => (random() < faults.lies ? Math.floor(random() * (newest() + 1)) : newest());
    return toolsOf({
      ...this.#trust,
      store: new UnreliableStore(this.#shared, { ...faults, random }),
      branch: this.#branch.view(lag),
      wallNow: () => this.#nowMs,
    });
  }

  /** A process that may be started anew at any time, with nothing in its memory. */
  async #reconciler(faults: Omit<Faults, 'random'>): Promise<void> {
    let tools = this.#tools(faults);
    let last: PassResult | null = null;
    for (let pass = 0; pass < PASSES; pass += 1) {
      if (this.#random() < 0.1) [tools, last] = [this.#tools(faults), null];
      try {
        last = await runPass(tools, last);
      } catch (error) {
        if (!isSignalboxError(error) || error.code === 'internal/bug') throw error;
      }
      this.#passes += 1;
      await nextTurn();
    }
  }

  #ask(version: number): void {
    this.asked = version;
    this.#isFrozen = this.#random() < 0.1;
    const release = { ...BAD_RECORD, 'releases/prod/late.yaml': { version, strategy: 'canary' } };
    this.#branch.push(this.#isFrozen ? { ...release, 'releases/prod/freezes/now.yaml': FREEZE } : release);
  }

  async #people(): Promise<void> {
    for (let passes = 4; passes < 2 * PASSES; passes += 2 + Math.floor(this.#random() * 12)) {
      await this.#after(passes);
      this.#ask(1 + Math.floor(this.#random() * 3));
    }
  }

  async #pods(): Promise<void> {
    for (let passes = 1; passes < 2 * PASSES; passes += Math.floor(this.#random() * 3)) {
      await this.#after(passes);
      await this.#report();
    }
  }

  /** When so many passes have ended, and then somewhere within the ones under way. */
  async #after(passes: number): Promise<void> {
    while (this.#passes < passes) await nextTurn();
    for (let left = Math.floor(this.#random() * 30); left > 0; left -= 1) await nextTurn();
  }

  /** Two pods have applied what is published, and count. */
  async #report(): Promise<void> {
    const manifest = await this.#manifestIn(this.#shared.objects);
    if (manifest === null) return;
    const { candidate, champion, rollout, serial } = manifest;
    const isBad = candidate === BAD_VERSION && rollout.step > 0;
    const counts = candidate === null ? {} : { [candidate]: isBad ? ([50, 20] as const) : ([200, 0] as const) };
    const pods = ['pod-1', 'pod-2'].map((name) => podAt(name, serial, { [champion]: [900, 0], ...counts }));
    await reportTo(new MemoryStore(this.#shared.objects), pods);
  }

  async #manifestIn(objects: Map<string, Uint8Array>): Promise<RolloutManifest | null> {
    const reader = { store: new MemoryStore(objects), environment: 'prod', rootBytes: this.#trust.rootBytes };
    return (await readPublished(reader))?.manifests.get('late') ?? null;
  }
}

function assertFollows(before: RolloutManifest, after: RolloutManifest): void {
  const about = JSON.stringify({ before, after }, null, 1);
  expect(after.serial, about).toBe(before.serial + 1);
  expect(after.previous, about).toBe(digestJson(before));
  expect(Number(after.commit), about).toBeGreaterThanOrEqual(Number(before.commit));
  const kept = after.rollout.rejected.map(({ digest }) => digest);
  for (const { digest } of before.rollout.rejected) expect(kept, about).toContain(digest);
  const newcomer = after.champion !== before.champion ? after.champion : null;
  const isBack = newcomer === before.previousChampion;
  const wentThrough = before.candidate === newcomer && before.rollout.phase === 'canary' && before.rollout.step === 1;
  if (newcomer !== null) expect(isBack || wentThrough, about).toBe(true);
  if (after.candidate === null || after.rollout.step === 0) return;
  expect([before.candidate, before.rollout.step, before.salt], about).toEqual([after.candidate, 0, after.salt]);
}

/** Null: nothing keeps the asked version from being live. */
function whyNot({ champion, rollout }: RolloutManifest, asked: number): string | null {
  if (rollout.rejected.some(({ digest }) => digest === digestOf(asked))) return 'rejected';
  // Over another champion than it was gated against, the verdict of a new one has lapsed.
  return champion === (asked === BAD_VERSION ? 1 : asked - 1) ? null : 'lapsed';
}
