import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Metric, parseWorkspace, type Strategy } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { describeSimulation } from './describe.js';
import { scenariosOf } from './scenarios.js';
import { playScenarios, simulate } from './simulate.js';
import { simulateRollout } from './simulate-rollout.js';
import type { NamedStrategy } from './world.js';

const FIRST_SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 1);
console.info(`simulated rollouts: seeds from ${FIRST_SEED} (set SIGNALBOX_TEST_SEED for others)`);

const ANALYSIS: Strategy['analysis'] = {
  ...{ errorRateMargin: 0.03, confidence: 0.95, metrics: [], scoreShiftMargin: 0.1, fallbackShareMargin: 0.04 },
  latency: { quantile: 0.9, marginMs: 50 },
};
/** Short stages, so that a rollout takes few looks. */
const STEPS: NamedStrategy = {
  name: 'steps',
  shadow: { share: 0.5, minDuration: '5m', minSample: 100 },
  canary: { steps: [{ weight: 0.5, minDuration: '5m', minSample: 100 }] },
  stageDeadline: '2h',
  analysis: ANALYSIS,
};
const BRIER: Metric = { kind: 'outcome', description: 'd', better: 'lower', value: 'brier' };
const METRICS = new Map([['brier', BRIER]]);
const EXPERIMENT: NamedStrategy = {
  name: 'arms',
  experiment: { share: 0.3, metric: 'brier', minEffect: 0, minDuration: '1h', maxDuration: '10h', minSample: 500 },
  stageDeadline: '1d',
  analysis: { ...ANALYSIS, scoreShiftMargin: undefined as never },
};
const BLUE_GREEN: NamedStrategy = {
  name: 'switch',
  blueGreen: { mirror: 0.5, minDuration: '5m', minSample: 500 },
  stageDeadline: '2h',
  analysis: ANALYSIS,
};
const WORLD = { requestsPerHour: 6000, metrics: METRICS };

describe('a strategy that is played', () => {
  const kinds = [STEPS, EXPERIMENT, BLUE_GREEN];

  it.each(kinds)('lets through and keeps out what it should, whatever the seed: $name', async (strategy) => {
    // What is at a margin takes as long as the deadline lets it: one test below shows it.
    const scenarios = scenariosOf(strategy, METRICS).filter(({ name }) => !name.startsWith('at the margin'));
    const played = await playScenarios(strategy, scenarios, {
      ...WORLD,
      runs: 2,
      firstSeed: FIRST_SEED,
      progress: () => undefined,
    });
    const wrong = played.filter(({ summary, wanted }) => (wanted === 'live') !== (summary.ends.live === 2));
    expect(wrong.map(({ name, summary }) => ({ name, ...summary.ends }))).toEqual([]);
  });

  it('answers nobody by a version that its shadow shows to be harmful', () => {
    const outcome = simulateRollout(STEPS, { ...WORLD, effect: { scoreShift: 0.4 }, seed: FIRST_SEED });
    expect(outcome).toMatchObject({ end: 'rejected', by: 'rollout/score-shift', exposed: 0 });
  });

  it('has no exposure to what a switch shows at once, but for the time that it takes to see it', () => {
    const outcome = simulateRollout(BLUE_GREEN, { ...WORLD, effect: { failures: 0.3 }, seed: FIRST_SEED });
    expect(outcome).toMatchObject({ end: 'rejected', by: 'rollout/error-rate' });
    expect(outcome.exposed).toBe(outcome.requests);
    expect(outcome.hours).toBeLessThan(0.2);
  });

  it('ends as undecided what can be shown neither way', () => {
    const outcome = simulateRollout(STEPS, { ...WORLD, effect: { failures: 0.03 }, seed: FIRST_SEED });
    expect(outcome).toMatchObject({ end: 'undecided', by: 'rollout/deadline' });
  });

  it('goes back from a switch that can be shown neither way within the day, by the strategy that is shipped', async () => {
    const path = 'releases/strategies/blue-green.yaml';
    const text = await readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
    const shipped = parseWorkspace(new Map([[path, text]])).workspace.strategies.get('blue-green')!;
    const strategy = { name: 'blue-green', ...shipped };
    const world = { metrics: new Map(), requestsPerHour: 2400, seed: FIRST_SEED };
    const effect = { failures: shipped.analysis.errorRateMargin, cleanInShadow: true };
    const outcome = simulateRollout(strategy, { ...world, effect });
    expect(outcome).toMatchObject({ end: 'undecided', by: 'rollout/deadline' });
    expect(outcome.exposed).toBeLessThan(35_000);
    expect(simulateRollout(strategy, { ...world, effect: {} }).end).toBe('live');
  });

  it('plays the same rollout for the same seed, and another for another', () => {
    const play = (seed: number) => simulateRollout(STEPS, { ...WORLD, effect: {}, seed });
    expect(play(FIRST_SEED)).toEqual(play(FIRST_SEED));
    expect(play(FIRST_SEED).exposed).not.toBe(play(FIRST_SEED + 1).exposed);
  });

  it('stops between rollouts when it is told to', async () => {
    const signal = AbortSignal.abort();
    expect(await simulate(STEPS, { ...WORLD, effect: {} }, { runs: 5, firstSeed: 1, signal })).toBeNull();
  });
});

describe('what is told of it', () => {
  it('is a line and a bar for each version', async () => {
    const options = { ...WORLD, runs: 2, firstSeed: FIRST_SEED, progress: () => undefined };
    const scenarios = [
      { name: 'equal', effect: {} },
      { name: 'bad', effect: { failures: 0.5 } },
    ];
    const lines = describeSimulation('steps', 6000, await playScenarios(STEPS, scenarios, options)).split('\n');
    expect(lines.find((line) => line.startsWith('equal'))).toMatch(/^equal {4}100 % +0 % +0 % +0 % /);
    expect(lines.find((line) => line.startsWith('bad'))).toMatch(/ 0 % +100 % .* error-rate$/);
    expect(lines.filter((line) => line.includes('|'))).toEqual([
      `equal    |${'█'.repeat(40)}|`,
      `bad      |${'░'.repeat(40)}|`,
    ]);
  });
});
