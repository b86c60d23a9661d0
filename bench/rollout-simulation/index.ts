import { fileURLToPath } from 'node:url';
import { type NamedStrategy, type Scenario, type Summary, scenariosOf, simulate } from '@signalbox/tools/simulate';
import { loadWorkspace } from '@signalbox/tools/validate';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Rollouts of each version; of an equal one more, because it is to be stopped in fewer than one in a hundred. */
const [RUNS, EQUAL_RUNS] = [40, 100];
/** Simulation i of a scenario has seed FIRST_SEED + i. */
const FIRST_SEED = 20_010_401;
/** What the figures are stated for. */
const REQUESTS_PER_HOUR = 2400;
/** An equal version that is stopped says that the analysis is wrong, not that it is careful. */
const EQUAL_KEPT = 0.99;

/**
 * What the shipped strategies decide about versions whose truth is known: how often an equal one goes live and a harmful one is kept out, and what
 * that takes in traffic and event time. Against what each strategy promises.
 */
export const rolloutSimulationBenchmark: Benchmark = {
  name: 'rollout-simulation',
  summary:
    'How often an equal version goes live and a harmful one is kept out, by the production reconcile and analysis',
  async run(context) {
    const { metrics, strategies } = await loadWorkspace(ROOT);
    const comparisons: Comparison[] = [];
    for (const [name, document] of strategies) {
      const strategy = { name, ...document };
      for (const scenario of scenariosOf(strategy, metrics)) {
        const summary = await play(strategy, scenario, { ...context, metrics });
        if (summary === null) return comparisons;
        comparisons.push(...compare(strategy, scenario, summary));
      }
    }
    return comparisons;
  },
};

async function play(
  strategy: NamedStrategy,
  { effect, name }: Scenario,
  { metrics, progress, signal }: BenchmarkContext & Pick<Parameters<typeof simulate>[1], 'metrics'>,
): Promise<Summary | null> {
  const runs = name === 'equal' ? EQUAL_RUNS : RUNS;
  const world = { effect, metrics, requestsPerHour: REQUESTS_PER_HOUR };
  const summary = await simulate(strategy, world, { runs, firstSeed: FIRST_SEED, signal });
  if (summary !== null) progress(`rollout-simulation: ${describe(`${strategy.name}: ${name}`, summary)}`);
  return summary;
}

function compare(strategy: NamedStrategy, { atLeast, name, wanted }: Scenario, { ends, runs }: Summary): Comparison[] {
  const against = (what: string, ours: number, theirs: number): Comparison => ({
    ...{ name: `${strategy.name}: ${name}: ${what}`, opponent: 'what is wanted', goal: 1 },
    ...{ ratio: ours / theirs, ours, theirs, unit: 'of rollouts' },
  });
  const live = ends.live / runs;
  if (wanted === 'kept out') return [against('kept out', 1 - live, atLeast)];
  const reached = against('live', live, atLeast);
  return name === 'equal' ? [reached, against('not rejected', 1 - ends.rejected / runs, EQUAL_KEPT)] : [reached];
}

function describe(name: string, { ends, exposed, hours, looks, requests, runs, ...rest }: Summary): string {
  const ended = `${ends.live} live, ${ends.rejected} rejected, ${ends.undecided} undecided, ${ends.waiting} waiting of ${runs}`;
  const took = `${figure(requests.median)} requests (nine in ten within ${figure(requests.most)}), ${figure(exposed.median)} of them answered by it`;
  const time = `${figure(hours.median)} h of event time (${figure(hours.most)}), ${looks.median} looks`;
  const by = JSON.stringify(rest.endedBy);
  return `${name}: ${ended}; ${took}; ${time}; ended by ${by}; seeds ${rest.firstSeed} to ${rest.firstSeed + runs - 1}`;
}

const figure = (value: number): string => String(Number(value.toPrecision(3)));
