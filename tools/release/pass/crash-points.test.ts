import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWorkspace, type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gate, MemoryForge, MemoryStore } from '../../../tests/support/memory-world.js';
import { digestOf, NO_HISTORY, podAt, reportTo, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { PodReports } from '../../evidence/index.js';
import type { PullRequest } from '../../forge/index.js';
import { buildRoot, type KeySet, mintKeys, readPublished } from '../../trust/index.js';
import type { Head } from '../desired/desired.js';
import { Withdrawals } from '../withdrawal/index.js';
import { type PassResult, type PassTools, runPass } from './pass.js';

/** Everything that outlives a process: the store, the forge, and what people merged. */
interface Lasting {
  readonly objects: Map<string, Uint8Array>;
  readonly pulls: PullRequest[];
  readonly branches: Map<string, string>;
  readonly files: MemoryForge['files'];
  /** The version that Git asks for. */
  asked: number;
}

/** Once version 1 is live people ask for version 2, which is well in its first step and bad in its second. */
const GOOD = { 1: [900, 0], 2: [200, 0] } as const;
const BAD = { 1: [900, 0], 2: [50, 20] } as const;
/** More than it takes. */
const MOST_PASSES = 8;

function headAsking(version: number): Head {
  const release = { version, strategy: 'canary' };
  const { findings, workspace } = parseWorkspace(
    new Map(Object.entries(toYaml({ ...worldDocuments(), 'releases/prod/late.yaml': release }))),
  );
  return { commit: String(version).repeat(40), findings, workspace };
}

describe('a reconciler that is killed at any operation', () => {
  const nowMs = Date.now();
  let dir: string;
  let keys: KeySet;
  let rootBytes: Uint8Array;
  const heads = new Map([1, 2].map((version) => [version, headAsking(version)]));

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-crash-'));
    keys = await mintKeys({ dir, environment: 'prod' });
    rootBytes = buildRoot(keys, { nowMs });
  });
  afterAll(() => rm(dir, { recursive: true }));

  const publisherOf = (store: MemoryStore) => ({ store, environment: 'prod', rootBytes, keys, wallNow: () => nowMs });

  /** A process: what it remembers goes with it. */
  function processOn(lasting: Lasting, gate: Gate): PassTools {
    const store = new MemoryStore(lasting.objects, gate);
    // What a branch holds lasts as well.
    const forge = Object.assign(new MemoryForge(lasting.pulls, lasting.branches, gate), { files: lasting.files });
    const head = () => heads.get(lasting.asked)!;
    return {
      environment: 'prod',
      branch: {
        commit: async () => head().commit,
        read: async () => head(),
        notInHistory: async () => [],
        saysSince: async () => false,
        history: async () => NO_HISTORY,
      },
      sync: async () => undefined,
      metrics: { read: async () => new Map() },
      soaks: { soakOf: async () => ({ liveForUs: null }) },
      publisher: publisherOf(store),
      evidence: new PodReports(store, () => nowMs),
      log: { latestArrival: async () => null },
      withdrawals: new Withdrawals({ git: forge, forge, base: 'main', store }),
      promotions: { ensure: async () => [] },
      wallNow: () => nowMs,
      monotonicNow: () => 0,
    };
  }

  async function publishedIn(lasting: Lasting): Promise<RolloutManifest | null> {
    const published = await readPublished(publisherOf(new MemoryStore(lasting.objects)));
    return published?.manifests.get('late') ?? null;
  }

  /** Two pods apply what is published and count; people go on. */
  async function serve(lasting: Lasting, current: RolloutManifest | null): Promise<void> {
    if (current !== null) lasting.asked = 2;
    if (current === null || current.candidate === null) return;
    const counts = current.rollout.step === 0 ? GOOD : BAD;
    const pods = ['pod-1', 'pod-2'].map((name) => podAt(name, current.serial, counts));
    await reportTo(new MemoryStore(lasting.objects), pods);
  }

  /** Passes of a new process until nothing changes any more; answers every state that was published. */
  async function untilDone(lasting: Lasting): Promise<readonly string[]> {
    const seen: string[] = [];
    const tools = processOn(lasting, () => undefined);
    let last: PassResult | null = null;
    for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
      const { asked } = lasting;
      last = await runPass(tools, last);
      const current = last.published.manifests.get('late') ?? null;
      const now = stateOf(current);
      if (now === seen.at(-1) && asked === 2) return seen;
      if (now !== seen.at(-1)) seen.push(now);
      await serve(lasting, current);
    }
    throw new Error(`not done after ${MOST_PASSES} passes: ${seen.join(', ')}`);
  }

  interface Point {
    readonly before: Lasting;
    readonly pass: number;
    readonly operation: number;
    readonly when: 'before' | 'after';
  }

  /** The undisturbed story, and every point of it at which a process can be killed. */
  async function allPoints(): Promise<{ readonly points: readonly Point[]; readonly story: readonly string[] }> {
    const lasting: Lasting = { objects: new Map(), pulls: [], branches: new Map(), files: new Map(), asked: 1 };
    const points: Point[] = [];
    const story: string[] = [];
    for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
      const before = copyOf(lasting);
      let operation = 0;
      await runPass(
        processOn(lasting, (when) => {
          if (when === 'before') operation += 1;
          points.push({ before, pass, operation, when });
        }),
        null,
      );
      const current = await publishedIn(lasting);
      const now = stateOf(current);
      if (now === story.at(-1)) return { points, story };
      story.push(now);
      await serve(lasting, current);
    }
    throw new Error('the story does not end');
  }

  /** From the moment of its death a process does nothing more. */
  async function killedAt({ before, operation, when }: Point): Promise<Lasting> {
    const lasting = copyOf(before);
    let [done, dead] = [0, false];
    const gate: Gate = (now) => {
      if (now === 'before') done += 1;
      if (done === operation && now === when) dead = true;
      if (dead) throw new SignalboxError('store/unavailable', 'killed');
    };
    await runPass(processOn(lasting, gate), null).catch(() => undefined);
    return lasting;
  }

  it('ends where it would have ended: no step is skipped, no rejection is lost, and there is one pull request', async () => {
    const { points, story } = await allPoints();
    expect(story).toEqual([
      'serial 1: live 0, 1 and no candidate, 0 rejected',
      'serial 2: canary 0, 1 and 2, 0 rejected',
      'serial 3: canary 1, 1 and 2, 0 rejected',
      'serial 4: rejected 0, 1 and no candidate, 1 rejected',
    ]);

    expect(points.length).toBeGreaterThan(60);
    for (const point of points) {
      const lasting = await killedAt(point);
      const left = await publishedIn(lasting);
      const atDeath = stateOf(left);
      await serve(lasting, left);
      const after = await untilDone(lasting);
      const about = `killed ${point.when} operation ${point.operation} of pass ${point.pass}`;
      // What follows is the rest of the story, from where the death left it.
      const rest = story.slice(story.indexOf(atDeath) + 1);
      expect(
        after.filter((state) => state !== atDeath),
        about,
      ).toEqual(rest);
      expect(
        lasting.pulls.map(({ head, state }) => `${head} ${state}`),
        about,
      ).toEqual(['withdraw/prod/late-v2 open']);
      expect([...lasting.branches.keys()], about).toEqual(['withdraw/prod/late-v2']);
    }
    const rejected = (await publishedIn(await killedAt(points.at(-1)!)))!.rollout.rejected;
    expect(rejected).toMatchObject([{ digest: digestOf(2), serial: 4 }]);
  });
});

function stateOf(manifest: RolloutManifest | null): string {
  if (manifest === null) return 'nothing';
  const { candidate, champion, rollout, serial } = manifest;
  const { phase, rejected, step } = rollout;
  return `serial ${serial}: ${phase} ${step}, ${champion} and ${candidate ?? 'no candidate'}, ${rejected.length} rejected`;
}

function copyOf({ asked, branches, files, objects, pulls }: Lasting): Lasting {
  return { objects: new Map(objects), pulls: [...pulls], branches: new Map(branches), files: new Map(files), asked };
}
