import { parseWorkspace, type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../tests/support/memory-world.js';
import { digestOf, NO_HISTORY, recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { countsOf, desiredOf, podsAt, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { reconcile } from '../reconcile/index.js';
import { backgroundOf } from './background.js';
import { resolveDesired } from './desired.js';

const fails = (what: string) => async (): Promise<never> => {
  throw new SignalboxError('store/too-large', `${what} is too large`);
};
const canary2 = {
  ...publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary'),
  ...{ environment: 'prod', model: 'late' },
};

/** What the head asks for over a canary of version 2, where nothing of `broken` can be looked up. */
async function asked(
  release: object,
  broken: { readonly packages?: true; readonly git?: true; readonly store?: true },
) {
  const third = {
    'models/late/versions/3.yaml': recordOf(3, { boundTo: { ...recordOf(3).boundTo, champion: digestOf(1) } }),
  };
  const files = toYaml({
    ...worldDocuments(),
    ...third,
    'releases/prod/late.yaml': { strategy: 'canary', ...release },
  });
  const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(files))) };
  const failed = { digest: digestOf(3), serial: 1, commit: 'd'.repeat(40), reason: 'it failed' };
  const current: RolloutManifest = {
    ...canary2,
    rollout: { ...canary2.rollout, rejected: broken.git ? [failed] : [] },
  };
  const published = new Map([['late', current]]);
  const sources = {
    environment: 'prod',
    branch: broken.git
      ? { saysSince: fails('the branch'), history: fails('the history') }
      : { saysSince: async () => false, history: async () => NO_HISTORY },
    soaks: { soakOf: async () => ({ liveForUs: null }) },
    packages: { has: broken.packages ? fails('the package') : async () => true },
    store: broken.store ? { read: fails('the decision') } : new MemoryStore(),
  };
  const background = await backgroundOf(sources, { head, model: 'late', published });
  const resolved = resolveDesired(head, { environment: 'prod', model: 'late', published, background, wallNowMs: 0 });
  if ('unresolved' in resolved) throw new Error(resolved.unresolved);
  const pods = podsAt(current.serial, { 1: countsOf(4000), 2: countsOf(4000, 3000) });
  const cells = pods.map((pod) => ({ ...pod, cells: pod.cells.map((cell) => ({ ...cell, model: 'late' })) }));
  return {
    ...reconcile({ desired: resolved.desired, current, pods: cells, eventNowUs: 1 }),
    desired: resolved.desired,
  };
}

describe('what cannot be looked up beside a decision', () => {
  it.each([
    [
      'packages',
      'whether the package of version 3 is in the artifact store of prod cannot be told: the package is too large',
    ],
    ['git', 'what a commit promotes again cannot be told: the branch is too large'],
  ] as const)('is a reason to wait, and a candidate that fails loses its traffic: %s', async (what, said) => {
    const { desired, manifest } = await asked({ version: 2, fallback: { version: 3 } }, { [what]: true });
    expect(desired.waits).toContain(said);
    expect(manifest).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'rejected' } });
  });

  it.each(['packages', 'git', 'store'] as const)('keeps no revert from being carried out: %s', async (what) => {
    const { manifest } = await asked({ version: 1, fallback: { version: 3 } }, { [what]: true });
    expect(manifest).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'live' } });
  });

  it('lets nothing begin meanwhile', async () => {
    const { desired, manifest } = await asked({ version: 3 }, { packages: true });
    expect(desired.waits.join()).toContain('cannot be told');
    expect(manifest).toMatchObject({ champion: 1, candidate: null });
    expect((await asked({ version: 3 }, {})).manifest).toMatchObject({ candidate: 3 });
  });
});
