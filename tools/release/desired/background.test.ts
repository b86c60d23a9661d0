import { digestJson, parseWorkspace, type RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../tests/support/memory-world.js';
import { digestOf, recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { desiredOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { recordDecision } from '../pass/kept-reasons.js';
import { backgroundOf } from './background.js';
import { resolveDesired } from './desired.js';
import type { SoakQuestion } from './soak.js';

const holdPath = `releases/prod/holds/${digestOf(3).slice(7)}.yaml`;
const PROD = worldDocuments()['releases/prod/environment.yaml'] as object;
const SOAKED = { 'releases/prod/environment.yaml': { ...PROD, promotesFrom: { environment: 'staging', soak: '1h' } } };

/** Version 1 is live, and asked for with more beside it. */
async function looked(more: object, change: Readonly<Record<string, unknown>> = SOAKED) {
  const documents = { ...worldDocuments(), 'releases/prod/late.yaml': { version: 1, strategy: 'canary', ...more } };
  const third = recordOf(3, { boundTo: { ...recordOf(3).boundTo, champion: digestOf(1) } });
  const files = { ...toYaml({ ...documents, 'models/late/versions/3.yaml': third, ...change }) };
  if (change[holdPath] !== undefined) files[holdPath] = 'model: [\n';
  const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(files))) };
  const asked: SoakQuestion[] = [];
  const ran = new Set<number>();
  const former = new Map<number, readonly string[]>();
  const sources = {
    environment: 'prod',
    branch: {
      saysSince: async () => false,
      history: async () => ({
        askedBefore: async (_environment: string, _model: string, version: number) => ran.has(version),
        packagesOf: async (_model: string, version: number) => former.get(version) ?? [],
      }),
    },
    soaks: {
      soakOf: async (question: SoakQuestion) => {
        asked.push(question);
        return { liveForUs: null };
      },
    },
    store: new MemoryStore(),
  };
  const [live] = publishedWhere([desiredOf(1)]).packages;
  const current = { ...publishedWhere([desiredOf(1)]), model: 'late' };
  const packages = [{ ...live!, version: 1, digest: digestOf(1) }];
  const published = new Map<string, RolloutManifest>([['late', { ...current, packages }]]);
  const look = async () => {
    asked.length = 0;
    const background = await backgroundOf(sources, { head, model: 'late', published });
    const question = { environment: 'prod', model: 'late', published, background, wallNowMs: 0 };
    const resolved = resolveDesired(head, question);
    return { waits: 'desired' in resolved ? resolved.desired.waits : [resolved.unresolved], asked };
  };
  return { former, look, ran };
}

describe('what is looked up of a version that is named beside the one that is asked for', () => {
  it.each([
    ['a segment', { segments: { big: { version: 3 } } }],
    ['the fallback', { fallback: { version: 3 } }],
  ])('is its soak: it waits for it in %s as well', async (_what, more) => {
    const { look, ran } = await looked(more);
    const { asked, waits } = await look();
    const late = 'version 3, which the release names too, must be live in staging for 1h, and it is not live there';
    expect(waits.filter((one) => one.includes('live in staging'))).toEqual([late]);
    expect(asked).toMatchObject([{ digest: digestOf(3), environment: 'staging', beside: true }]);
    ran.add(3);
    const known = await look();
    expect([known.waits.filter((one) => one.includes('live in staging')), known.asked]).toEqual([[], []]);
  });

  it.each([
    ['a segment', { segments: { big: { version: 3 } } }],
    ['the fallback', { fallback: { version: 3 } }],
  ])('are the packages that its number named before: %s gets no other one', async (_what, more) => {
    const { former, look, ran } = await looked(more);
    ran.add(3);
    former.set(3, [digestOf(3)]);
    expect((await look()).waits.filter((one) => one.includes('never used twice'))).toEqual([]);
    former.set(3, [digestOf(9), digestOf(3)]);
    expect((await look()).waits.filter((one) => one.includes('never used twice'))).toEqual([
      expect.stringMatching(/^models\/late\/versions\/3\.yaml named .* a number is never used twice/),
    ]);
  });

  it('is nothing where a hold that cannot be read keeps it out', async () => {
    const { look } = await looked({ segments: { big: { version: 3 } } }, { ...SOAKED, [holdPath]: {} });
    expect((await look()).asked).toEqual([]);
  });
});

describe('whether a version was live here before', () => {
  it('is looked up where what is live is held, also by a file that cannot be read', async () => {
    const release = { version: 1, strategy: 'canary' };
    const files = toYaml({ ...worldDocuments(), 'releases/prod/late.yaml': release });
    const held = { ...files, [`releases/prod/holds/${digestOf(2).slice(7)}.yaml`]: 'model: [\n' };
    const store = new MemoryStore();
    const [named] = publishedWhere([desiredOf(1)]).packages;
    const live = (version: number, change: Partial<RolloutManifest>): RolloutManifest => ({
      ...{ ...publishedWhere([desiredOf(1)]), model: 'late', champion: version },
      ...{ packages: [{ ...named!, version, digest: digestOf(version) }], ...change },
    });
    const before = live(1, { serial: 1 });
    const current = live(2, { serial: 2, previous: digestJson(before) });
    for (const manifest of [before, current]) {
      await recordDecision(store, { manifest, reasons: [], verdicts: [], eventNowUs: null, decidedAtMs: 0 });
    }
    const sources = {
      environment: 'prod',
      branch: {
        saysSince: async () => false,
        history: async () => ({ askedBefore: async () => true, packagesOf: async () => [] }),
      },
      soaks: { soakOf: async () => ({ liveForUs: null }) },
      store,
    };
    const wasLive = async (documents: Readonly<Record<string, string>>) => {
      const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(documents))) };
      const published = new Map([['late', current]]);
      return (await backgroundOf(sources, { head, model: 'late', published })).wasLive;
    };
    expect([await wasLive(files), await wasLive(held)]).toEqual([false, true]);
  });
});
