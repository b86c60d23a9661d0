import { fileURLToPath } from 'node:url';
import type { Strategy } from '@signalbox/contracts';
import { loadWorkspace } from '@signalbox/tools/validate';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { median, spread } from '../median.js';
import { AT_THE_MARGIN, EQUAL, HARMFUL, type Scenario } from './behaviour.js';
import { type Outcome, simulateRollout } from './simulate-rollout.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SIMULATIONS = 200;
/** Simulation i of a scenario has seed FIRST_SEED + i. */
const FIRST_SEED = 20_010_401;

type NamedStrategy = { readonly name: string } & Strategy;

/**
 * What the shipped strategies decide about versions whose truth is known: how often an equal one goes live and a harmful one is rejected, and what
 * that takes in traffic and event time. Against the confidence that the strategy promises.
 */
export const rolloutSimulationBenchmark: Benchmark = {
  name: 'rollout-simulation',
  summary:
    'How often an equal version goes live and a harmful one is rejected, by the production reconcile and analysis',
  async run(context) {
    const { strategies } = await loadWorkspace(ROOT);
    const named = [...strategies].map(([name, strategy]): NamedStrategy => ({ name, ...strategy }));
    return named.flatMap((strategy) =>
      [EQUAL, ...HARMFUL, AT_THE_MARGIN].flatMap((scenario) => play(strategy, scenario, context)),
    );
  },
};

/** Empty where the strategy does not look at what the scenario harms, or when the run was ended. */
function play(strategy: NamedStrategy, scenario: Scenario, { progress, signal }: BenchmarkContext): Comparison[] {
  if (!looksAt(strategy, scenario.seenBy)) return [];
  const outcomes: Outcome[] = [];
  for (let i = 0; i < SIMULATIONS && !signal.aborted; i++) {
    outcomes.push(
      simulateRollout({ strategy, candidate: scenario.candidate(strategy.analysis), seed: FIRST_SEED + i }),
    );
  }
  if (outcomes.length < SIMULATIONS) return [];
  const name = `${strategy.name}: ${scenario.name}`;
  progress(`rollout-simulation: ${describe(name, outcomes)}`);
  const ours = outcomes.filter(({ end }) => isWanted(end, scenario.wanted)).length / SIMULATIONS;
  const theirs = strategy.analysis.confidence;
  return [{ name, opponent: 'its confidence', ratio: ours / theirs, goal: 1, ours, theirs, unit: 'of rollouts' }];
}

function looksAt({ analysis, shadow }: NamedStrategy, id: Scenario['seenBy']): boolean {
  if (id === 'rollout/latency') return analysis.latency !== undefined;
  return id === 'rollout/error-rate' || (analysis.scoreShiftMargin !== undefined && shadow !== undefined);
}

function isWanted(end: Outcome['end'], wanted: Scenario['wanted']): boolean {
  return wanted === 'kept out' ? end !== 'live' : end === wanted;
}

function describe(name: string, outcomes: readonly Outcome[]): string {
  const ended = (end: Outcome['end']): number => outcomes.filter((one) => one.end === end).length;
  const ends = `${ended('live')} live, ${ended('rejected')} rejected, ${ended('waiting')} waiting of ${outcomes.length}`;
  const exposed = Math.round(median(outcomes.map((one) => one.exposed)));
  const requests = spread(outcomes.map((one) => one.requests));
  const hours = spread(outcomes.map((one) => one.hours));
  const looks = Math.round(median(outcomes.map((one) => one.looks)));
  const seeds = `seeds ${FIRST_SEED} to ${FIRST_SEED + outcomes.length - 1}`;
  return `${name}: ${ends}; ${requests} requests, ${exposed} of them answered by it; ${hours} h of event time, ${looks} looks; ${seeds}`;
}
