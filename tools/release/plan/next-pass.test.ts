import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { POLICY, podAt, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { thaw } from '../changes/freeze.js';
import { planBranch } from './branch.js';
import { describePlan } from './plan.js';

const CANARY = 'releases/strategies/canary.yaml';
const CARD = 'models/late/model.yaml';
const POLICIES = 'releases/policies/default.yaml';
const FREEZE = 'releases/prod/freezes/now.yaml';
const canary = worldDocuments()[CANARY] as { readonly analysis: object };
const card = worldDocuments()[CARD] as { readonly serving: object };
const SAME = 'The next pass publishes the same with this as without it.';
const QUIET = 'Merging this changes no traffic.';

describe('what a plan says of traffic', () => {
  const story = releaseStory();
  const { about, asked, manifest, pass } = story;

  async function commit(documents: Readonly<Record<string, unknown>>): Promise<void> {
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    const files = Object.entries(documents).map(([path, value]) =>
      typeof value === 'object' && value !== null ? Object.entries(toYaml({ [path]: value }))[0]! : [path, value],
    );
    await story.world.commit(Object.fromEntries(files));
  }

  /** The plan of a commit, and whether the pass after it publishes something else for users. */
  async function planned(documents: Readonly<Record<string, unknown>>): Promise<[text: string, moved: boolean]> {
    await pass();
    const before = manifest(await pass()).serial;
    await commit(documents);
    const { plan } = await planBranch(story.world.folder, { base: 'HEAD~1', wallNow: Date.now });
    return [describePlan(plan), manifest(await pass()).serial > before];
  }

  /** Version 1 is live, and version 2 is asked for by steps. */
  async function waiting(): Promise<void> {
    await asked(1);
    await pass();
    await asked(2, 'canary');
  }

  const STARTS = 'In the next pass: version 2 is asked for: strategy canary starts with canary step 1 of 2 (10 %).';

  it('is what the next pass makes of a strategy that asks for nobody’s word any more', async () => {
    await commit({ [CANARY]: { ...canary, confirm: ['canary-1'] } });
    await waiting();
    const [text, moved] = await planned({ [CANARY]: canary });
    expect(moved).toBe(true);
    expect(text).toContain(STARTS);
    expect(text).toContain('Strategy canary changes (that of prod/late): confirm from canary-1 to nothing.');
    expect(text).not.toContain('no traffic');
  });

  it('is what it makes of a freeze or a strategy that could not be read and can be now, also in the verb’s own plan', async () => {
    await waiting();
    await commit({ [FREEZE]: 'reason: [\n' });
    await pass();
    const lifting = await thaw({ ...about(), name: 'now', merge: false });
    expect(describePlan(lifting.plan)).toContain(STARTS);
    expect(await planned({ [FREEZE]: null })).toEqual([expect.stringContaining(STARTS), true]);
    const other = { ...canary, analysis: { ...canary.analysis, confidence: 0.99 } };
    expect(await planned({ [CANARY]: other })).toEqual([
      expect.stringContaining('confidence from 0.95 to 0.99'),
      false,
    ]);
  });

  it('is what it makes of the conditions in the card of a model that nothing else asks about', async () => {
    const where = (condition: string) => ({
      ...card,
      serving: { ...card.serving, segments: [{ name: 'eu', where: condition }] },
    });
    await commit({ [CARD]: where('value > 100.0') });
    await asked(1);
    await pass();
    await asked(2);
    await commit({ 'releases/prod/late.yaml': { version: 2, strategy: 'direct', segments: { eu: { version: 1 } } } });
    const [text, moved] = await planned({ [CARD]: where('value > -1000.0') });
    expect(moved).toBe(true);
    expect(text).toContain('In the next pass: segment eu is answered by version 1 as soon as pods have loaded it.');
    expect(text).toContain('serving.segments.eu.where from value > 100.0 to value > -1000.0');
  });

  it('is what it makes of what pods say, where the change decides what that is worth', async () => {
    await waiting();
    await commit({ [CANARY]: { ...canary, analysis: { ...canary.analysis, errorRateMargin: 0.001 } } });
    const { serial } = manifest(await pass());
    await story.world.report(podAt('pod-1', serial, { 1: [900, 0], 2: [200, 0] }));
    const [text, moved] = await planned({ [CANARY]: canary });
    expect(moved).toBe(true);
    expect(text).toContain('analysis.errorRateMargin from 0.001 to 0.05');
    expect(text).toMatch(/In the next pass: .*canary step 2 of 2/);
  });

  it('says what the bot may do from then on by another policy', async () => {
    await asked(1);
    const low = { ...POLICY.tiers.low, approvals: 0, autoPromote: ['prod'], withdrawals: 'merge' };
    const [text, moved] = await planned({ [POLICIES]: { ...POLICY, tiers: { ...POLICY.tiers, low } } });
    expect(moved).toBe(false);
    expect(text.split('\n')).toEqual([
      SAME,
      expect.stringContaining('Policy default changes (that of prod): tiers.low.autoPromote from none to prod;'),
      'The bot then proposes version 3 of late to prod by strategy direct at its next pass, and merges that by itself.',
    ]);
  });

  it('is that nothing moves only where the next pass was asked, also where it has something to do without the change', async () => {
    await waiting();
    const page = { 'README.md': 'A page.\n' };
    await commit(page);
    expect(describePlan((await planBranch(story.world.folder, { base: 'HEAD~1', wallNow: Date.now })).plan)).toBe(
      QUIET,
    );
    await pass();
    await rm(join(story.world.folder, '.signalbox', 'store'), { recursive: true });
    await commit({ 'README.md': 'Another page.\n' });
    const { plan } = await planBranch(story.world.folder, { base: 'HEAD~1', wallNow: Date.now });
    expect(describePlan(plan)).toMatch(
      /^No release file asks for anything else\. What is published in prod could not be read here \(the artifact store holds nothing at all: .*\), so this does not say what the next pass makes of it\.$/,
    );
  });

  it('is what keeps the first version from starting', async () => {
    await commit({ [FREEZE]: { reason: 'holidays', from: '2001-01-01', to: '2101-01-01', by: 'Ada' } });
    await commit({ 'releases/prod/late.yaml': { version: 1, strategy: 'direct' } });
    const { plan } = await planBranch(story.world.folder, { base: 'HEAD~1', wallNow: Date.now });
    const text = describePlan(plan);
    expect(text).toContain('Version 1 is to become the first version of late in prod.');
    expect(text).toMatch(/In the next pass: version 1 does not start and nothing is published yet: .*holidays/);
  });
});
