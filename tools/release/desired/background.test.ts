import { digestJson, parseWorkspace, type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../tests/support/memory-world.js';
import {
  digestOf,
  NO_HISTORY,
  recordOf,
  STRICTER_POLICY,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { desiredOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { recordDecision } from '../pass/kept-reasons.js';
import { backgroundOf } from './background.js';
import { resolveDesired } from './desired.js';
import type { SoakQuestion } from './soak.js';

const holdPath = `releases/prod/holds/${digestOf(3).slice(7)}.yaml`;
const PROD = worldDocuments()['releases/prod/environment.yaml'] as object;
const SOAKED = {
  'releases/staging/environment.yaml': PROD,
  'releases/prod/environment.yaml': { ...PROD, promotesFrom: { environment: 'staging', soak: '1h' } },
};

const [NAMED] = publishedWhere([desiredOf(1)]).packages;
const live = (version: number, change: Partial<RolloutManifest> = {}): RolloutManifest => ({
  ...{ ...publishedWhere([desiredOf(1)]), model: 'late', champion: version },
  ...{ packages: [{ ...NAMED!, version, digest: digestOf(version) }], ...change },
});

/** What was published, oldest first, each after the one before. */
async function publishedInTurn(store: MemoryStore, ...manifests: readonly RolloutManifest[]): Promise<RolloutManifest> {
  let last: RolloutManifest | null = null;
  for (const one of manifests) {
    const chained: Pick<RolloutManifest, 'previous' | 'serial'> =
      last === null ? { serial: 1, previous: null } : { serial: last.serial + 1, previous: digestJson(last) };
    last = { ...one, ...chained };
    await recordDecision(store, { manifest: last, reasons: [], verdicts: [], eventNowUs: null, decidedAtMs: 0 });
  }
  return last!;
}

/** Version 1 is live, and asked for with more beside it. */
async function looked(more: object, change: Readonly<Record<string, unknown>> = SOAKED) {
  const documents = { ...worldDocuments(), 'releases/prod/late.yaml': { version: 1, strategy: 'canary', ...more } };
  const third = recordOf(3, { boundTo: { ...recordOf(3).boundTo, champion: digestOf(1) } });
  const files = { ...toYaml({ ...documents, 'models/late/versions/3.yaml': third, ...change }) };
  if (change[holdPath] !== undefined) files[holdPath] = 'model: [\n';
  const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(files))) };
  const asked: SoakQuestion[] = [];
  const store = new MemoryStore();
  const former = new Map<number, readonly string[]>();
  const sources = {
    environment: 'prod',
    branch: {
      saysSince: async () => false,
      // What was asked for was not live for that.
      history: async () => ({
        ...NO_HISTORY,
        askedBefore: async () => true,
        packagesOf: async (_model: string, version: number) => former.get(version) ?? [],
      }),
    },
    soaks: {
      soakOf: async (question: SoakQuestion) => {
        asked.push(question);
        return { liveForUs: null };
      },
    },
    store,
  };
  /** `versions`: what was live in turn. */
  const look = async (...versions: readonly number[]) => {
    asked.length = 0;
    const current = await publishedInTurn(store, ...versions.map((version) => live(version)));
    const published = new Map([['late', current]]);
    const background = await backgroundOf(sources, { head, model: 'late', published });
    const question = { environment: 'prod', model: 'late', published, background, wallNowMs: 0 };
    const resolved = resolveDesired(head, question);
    return { waits: 'desired' in resolved ? resolved.desired.waits : [resolved.unresolved], asked };
  };
  return { former, look };
}

describe('what is looked up of a version that is named beside the one that is asked for', () => {
  it.each([
    ['a segment', { segments: { big: { version: 3 } } }],
    ['the fallback', { fallback: { version: 3 } }],
  ])('is its soak: it waits for it in %s as well', async (_what, more) => {
    const { look } = await looked(more);
    const { asked, waits } = await look(1);
    const late = 'version 3, which the release names too, must be live in staging for 1h, and it is not live there';
    expect(waits.filter((one) => one.includes('live in staging'))).toEqual([late]);
    expect(asked).toMatchObject([{ digest: digestOf(3), environment: 'staging', beside: true }]);
    const known = await look(3, 2, 1);
    expect([known.waits.filter((one) => one.includes('live in staging')), known.asked]).toEqual([[], []]);
  });

  it.each([
    ['a segment', { segments: { big: { version: 3 } } }],
    ['the fallback', { fallback: { version: 3 } }],
  ])('is the package that its number named first: %s gets no other one that never was live', async (_what, more) => {
    const { former, look } = await looked(more, {});
    const reused = async (...versions: readonly number[]) =>
      (await look(...versions)).waits.filter((one) => one.includes('never used twice'));
    for (const packages of [[digestOf(3)], [digestOf(3), digestOf(9)]]) {
      former.set(3, packages);
      expect(await reused(2, 1)).toEqual([]);
    }
    former.set(3, [digestOf(9), digestOf(3)]);
    expect(await reused(2, 1)).toEqual([
      `models/late/versions/3.yaml named ${digestOf(9)} first and names ${digestOf(3)} now: a number is never used twice, so restore the record, or propose a new version`,
    ]);
    expect(await reused(3, 2, 1)).toEqual([]);
  });

  it('is nothing where a hold that cannot be read keeps it out', async () => {
    const { look } = await looked({ segments: { big: { version: 3 } } }, { ...SOAKED, [holdPath]: {} });
    expect((await look(1)).asked).toEqual([]);
  });
});

describe('whether a version was live here before', () => {
  /** Version 2 was live, version 1 is, and version 2 is asked for, whose gates compared it with version 1. */
  async function asked(change: Readonly<Record<string, unknown>> = {}, store = new MemoryStore()) {
    const release = { version: 2, strategy: 'canary' };
    const files = toYaml({ ...worldDocuments(), 'releases/prod/late.yaml': release, ...change });
    const heldBy = `releases/prod/holds/${digestOf(1).slice(7)}.yaml`;
    if (change[heldBy] !== undefined) files[heldBy] = 'model: [\n';
    const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(files))) };
    const current = await publishedInTurn(store, live(2), live(1), live(1, { champion: 1 }));
    const branch = { saysSince: async () => false, history: async () => NO_HISTORY };
    const soaks = { soakOf: async () => ({ liveForUs: null }) };
    const question = { head, model: 'late', published: new Map([['late', current]]) };
    let reads = 0;
    const read = (key: string) => {
      reads += 1;
      return store.read(key);
    };
    const look = async () => {
      const background = await backgroundOf({ environment: 'prod', branch, soaks, store: { read } }, question);
      const resolved = resolveDesired(head, { ...question, environment: 'prod', background, wallNowMs: 0 });
      return { ...background, reads, waits: 'desired' in resolved ? resolved.desired.waits : [] };
    };
    return { current, look, store };
  }
  const holdOfLive = { [`releases/prod/holds/${digestOf(1).slice(7)}.yaml`]: {} };
  const otherPolicy = { 'releases/policies/default.yaml': STRICTER_POLICY };

  it('is looked up only where that is asked: what is live is held, also by a file that cannot be read, or a wait would', async () => {
    expect(await (await asked()).look()).toMatchObject({ wasLive: false, reads: 0, waits: [] });
    expect(await (await asked(holdOfLive)).look()).toMatchObject({ wasLive: true });
    expect(await (await asked(otherPolicy)).look()).toMatchObject({ wasLive: true, waits: [], soak: null });
    expect(await (await asked(SOAKED)).look()).toMatchObject({ wasLive: true, waits: [], soak: null });
  });

  it('is read once of what is published', async () => {
    const { look } = await asked(SOAKED);
    expect((await look()).reads).toBe(3);
    expect((await look()).reads).toBe(3);
  });

  it('is not known where decisions were lost, so it is asked what a new version is, which says so', async () => {
    const { current, look, store } = await asked({ ...SOAKED, ...otherPolicy });
    for (const key of [...store.objects.keys()].filter((one) => /\/0*1-/.test(one))) store.objects.delete(key);
    const unknown = '(whether it was live here before serial 2 is not known: the decision for serial 1 is not kept)';
    const { waits, wasLive } = await look();
    expect([current.serial, wasLive]).toEqual([3, false]);
    expect(waits).toEqual([
      `the policy makes other gates block than when it was gated: propose a new version, with another training.seed or newer data ${unknown}`,
      `version 2 must be live in staging for 1h, and it is not live there ${unknown}`,
    ]);
  });

  it('is not known while the store cannot say', async () => {
    const store = new MemoryStore();
    const { look } = await asked(SOAKED, store);
    const read = store.read.bind(store);
    store.read = () => Promise.reject(new SignalboxError('store/unavailable', 'it does not answer'));
    expect((await look()).waits).toEqual([
      expect.stringContaining('(whether it was live here before cannot be read: '),
    ]);
    store.read = read;
    expect((await look()).waits).toEqual([]);
  });
});
