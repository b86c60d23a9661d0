import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProposalWorld, modelYaml, type ProposalWorld } from '../../tests/pipeline/proposal-world.js';
import { openJudge } from './champion.js';
import { makeDataset, takeSnapshots } from './data-steps.js';
import { leakEvidence } from './leak-evidence.js';
import { openPipeline } from './pipeline.js';

const SOURCE = 'features/sources/payments.yaml';
const REQUEST = 'features/views/request.yaml';
const MODEL = 'models/dispute/model.yaml';
const HISTORY = 'features/views/history.yaml';
const named = (name: string) => `features/sources/${name}.yaml`;

/** The main branch says that a payment is known two hours after it was made; each test commits a branch that says otherwise. */
describe('evidence of leaks', () => {
  let world: ProposalWorld;
  let source: string;
  beforeAll(async () => {
    world = await createProposalWorld();
    source = await readFile(join(world.folder, SOURCE), 'utf8');
  });
  afterAll(() => world.remove());

  /** What is found where the branch's source says this of its times, and the main branch's that. */
  async function found({ branch, main = 'hours(2.0)' }: { readonly branch: string; readonly main?: string | null }) {
    const says = (delay: string) => source.replace('hours(2.0)', delay);
    const asMain = await world.commit({ [SOURCE]: main === null ? null : says(main) });
    await world.commit({ [SOURCE]: says(branch) });
    return look(asMain);
  }

  async function look(asMain: string) {
    const pipeline = await openPipeline(world.options);
    const { bundle, definition } = pipeline;
    const snapshots = await takeSnapshots(pipeline, [bundle]);
    const made = (purpose: 'training' | 'evaluation') =>
      makeDataset(pipeline, { snapshots, bundle, purpose, period: definition[purpose].period });
    const judge = await openJudge(pipeline.repo, asMain);
    const inputs = { training: await made('training'), evaluation: await made('evaluation'), snapshots, judge };
    const { declared, replay, overlap } = await leakEvidence(pipeline, inputs);
    return { declared: declared!, replay: replay!, overlap: overlap! };
  }

  it('is none where the branch says what the main branch says', async () => {
    const { declared, replay, overlap } = await found({ branch: 'hours(2.0)' });
    expect(declared).toMatchObject({ labelColumns: ['disputed'], knownEarly: 0, requestReaders: [] });
    expect(replay).toMatchObject({ pastFeatures: 1, rows: 40, checked: 80, earlierEvents: 0, laterEvents: 0 });
    expect(replay.differences).toEqual([]);
    expect(overlap).toMatchObject({ shared: 0, trainingRows: 1200, evaluationRows: 1396 });
  });

  it('is in declaration and replay where the label is said to be known at once', async () => {
    const { declared, replay } = await found({ branch: 'hours(0.0)' });
    expect(declared).toMatchObject({ pastReaders: ['history.dispute_share_7d'], knownEarly: 1200, rows: 1200 });
    expect(declared.examples).toHaveLength(5);
    expect(replay.differences.length).toBeGreaterThan(30);
    expect(replay.earlierEvents).toBeGreaterThan(2000);
  });

  it('is in the replay alone where the label is said to be known a little too early', async () => {
    const { declared, replay } = await found({ branch: 'hours(1.0)' });
    expect(declared.knownEarly).toBe(0);
    expect(replay.differences.length).toBeGreaterThan(10);
    expect(replay.laterEvents).toBe(0);
  });

  it('is none that is earlier where everything is said to be known later', async () => {
    const { replay } = await found({ branch: 'hours(2.9)' });
    expect(replay.earlierEvents).toBe(0);
    expect(replay.laterEvents).toBeGreaterThan(2000);
    expect(replay.differences.length).toBeGreaterThan(0);
  });

  it('counts events that the main branch would not have accepted at all as early', async () => {
    const { replay } = await found({ branch: 'hours(2.9)', main: 'hours(greatest(2.0, amount / 10.0))' });
    expect(replay.earlierEvents).toBeGreaterThan(1000);
    expect(replay.laterEvents).toBeGreaterThan(500);
  });

  it('follows what the main branch says, once that has changed', async () => {
    const { replay } = await found({ branch: 'hours(1.0)', main: 'hours(1.0)' });
    expect(replay.differences).toEqual([]);
  });

  it('is refused by a main branch whose source cannot be read, which is not a main branch without it', async () => {
    await expect(found({ branch: 'hours(1.0)', main: 'hours(' })).rejects.toMatchObject({
      code: 'input/invalid-documents',
      message: expect.stringContaining(
        'does not say when events of payments were known: features/sources/payments.yaml',
      ),
    });
  });

  it('names a source that the main branch does not have', async () => {
    expect((await found({ branch: 'hours(1.0)', main: null })).replay.newSources).toEqual(['payments']);
  });

  describe('with a second name for the same data', () => {
    const PATH = 'data/payments.csv';
    let history: string;
    beforeAll(async () => {
      history = await readFile(join(world.folder, HISTORY), 'utf8');
    });
    const present = (name: string) => existsSync(join(world.folder, named(name)));
    const removed = (...names: string[]) =>
      Object.fromEntries(names.filter(present).map((name) => [named(name), null]));
    afterAll(() => world.commit({ [HISTORY]: history, ...removed('known', 'other') }));

    /** The view reads the branch's source `known`; the main branch has the sources of `main` only. */
    async function alias(branch: { delay: string; path?: string }, main: Record<string, string> = {}) {
      const says = (delay: string, path = PATH) => source.replace('hours(2.0)', delay).replace(PATH, path);
      const files = Object.entries({ payments: 'hours(2.0)', ...main }).map(([name, delay]) => [
        named(name),
        says(delay),
      ]);
      const asMain = await world.commit({ ...removed('known', 'other'), ...Object.fromEntries(files) });
      await world.commit({
        [SOURCE]: source,
        [named('known')]: says(branch.delay, branch.path),
        [HISTORY]: history.replace('source: payments', 'source: known'),
      });
      return look(asMain);
    }

    it.each([PATH, './data/payments.csv', 'data/pay*.csv'])('is in declaration and replay, spelt %s', async (path) => {
      const { declared, replay } = await alias({ delay: 'hours(0.0)', path });
      expect(declared).toMatchObject({ pastReaders: ['history.dispute_share_7d'], pastSources: ['known'] });
      expect(declared.knownEarly).toBe(1200);
      expect(replay.newSources).toEqual([]);
      expect(replay.earlierEvents).toBeGreaterThan(2000);
      expect(replay.differences.length).toBeGreaterThan(30);
    });

    it('is none where the other name says what the main branch says of the data', async () => {
      const { declared, replay } = await alias({ delay: 'hours(2.0)' });
      expect(declared).toMatchObject({ pastSources: ['known'], knownEarly: 0 });
      expect(replay).toMatchObject({ newSources: [], earlierEvents: 0, laterEvents: 0, differences: [] });
    });

    it.each([
      { payments: 'hours(2.0)', other: 'hours(0.5)' },
      { payments: 'hours(0.5)', other: 'hours(2.0)' },
    ])('is judged by the later of two sources of the main branch: %o', async (main) => {
      const { replay } = await alias({ delay: 'hours(0.5)' }, main);
      expect(replay.earlierEvents).toBeGreaterThan(2000);
      expect(replay.differences.length).toBeGreaterThan(10);
    });

    it('is refused where a source of the main branch cannot be read: it may be the one', async () => {
      await expect(alias({ delay: 'hours(2.0)' }, { other: 'hours(' })).rejects.toMatchObject({
        code: 'input/invalid-documents',
      });
    });
  });

  it('is in a request that is filled from the label of its own row', async () => {
    const view = await readFile(join(world.folder, REQUEST), 'utf8');
    const leaking = view
      .replace('inputs:\n', 'inputs:\n  was: { type: bool }\n')
      .replace('features:\n', 'features:\n  - { name: was, expression: "was ? 1 : 0" }\n');
    const model = modelYaml({ features: '[request]' });
    const asMain = await world.commit({
      [REQUEST]: leaking,
      [MODEL]: model.replace('amount: amount }', 'amount: amount, was: disputed }'),
    });
    const { declared, replay } = await look(asMain);
    expect(declared.requestReaders).toEqual(['request.was']);
    expect(replay.pastFeatures).toBe(0);
  });
});
