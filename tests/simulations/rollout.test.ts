import { fileURLToPath } from 'node:url';
import { loadWorkspace } from '@signalbox/tools/validate';
import { beforeAll, describe, expect, it } from 'vitest';
import { CHAMPION, EQUAL, HARMFUL } from '../../bench/rollout-simulation/behaviour.js';
import { type Simulation, simulateRollout } from '../../bench/rollout-simulation/simulate-rollout.js';

const FIRST_SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 1);
const SEEDS = Array.from({ length: 5 }, (_, i) => FIRST_SEED + i);
console.info(`simulated rollouts: seeds from ${FIRST_SEED} (set SIGNALBOX_TEST_SEED for others)`);

describe('the shipped canary, by the production reconcile and analysis over simulated pods', () => {
  let strategy: Simulation['strategy'];
  beforeAll(async () => {
    const { strategies } = await loadWorkspace(fileURLToPath(new URL('../..', import.meta.url)));
    strategy = { name: 'canary', ...strategies.get('canary')! };
  });

  it.each([EQUAL, ...HARMFUL])('decides rightly whatever the seed: $name', ({ candidate, wanted }) => {
    const ends = SEEDS.map((seed) => simulateRollout({ strategy, candidate: candidate(strategy.analysis), seed }));
    expect(ends.map(({ end }) => end)).toEqual(SEEDS.map(() => wanted));
  });

  it('answers nobody by a version that its shadow shows to be harmful', () => {
    const candidate = { ...CHAMPION, scoreShift: 0.3 };
    expect(simulateRollout({ strategy, candidate, seed: FIRST_SEED })).toMatchObject({ end: 'rejected', exposed: 0 });
  });

  it('plays the same rollout for the same seed', () => {
    const play = () => simulateRollout({ strategy, candidate: CHAMPION, seed: FIRST_SEED });
    expect(play()).toEqual(play());
  });
});
