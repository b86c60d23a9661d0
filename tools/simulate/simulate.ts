import { setImmediate } from 'node:timers/promises';
import type { Effect } from './behaviour.js';
import { simulateRollout } from './simulate-rollout.js';
import type { NamedStrategy, Outcome, World } from './world.js';

export interface SimulationOptions {
  readonly runs: number;
  /** Rollout i has this seed plus i. */
  readonly firstSeed: number;
  readonly signal?: AbortSignal;
}

/** Half of the rollouts took no more than `median`, nine in ten no more than `most`. */
export interface Spread {
  readonly median: number;
  readonly most: number;
}

export interface Summary {
  readonly runs: number;
  readonly ends: Readonly<Record<Outcome['end'], number>>;
  /** How many rollouts each verdict ended. */
  readonly endedBy: Readonly<Record<string, number>>;
  readonly hours: Spread;
  readonly requests: Spread;
  readonly exposed: Spread;
  readonly looks: Spread;
  readonly firstSeed: number;
}

/** Plays a strategy against one world again and again, with other users and other luck each time. Null: it was ended before all were played. */
export async function simulate(
  strategy: NamedStrategy,
  world: Omit<World, 'seed'>,
  { firstSeed, runs, signal }: SimulationOptions,
): Promise<Summary | null> {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < runs; i++) {
    if (signal?.aborted) return null;
    outcomes.push(simulateRollout(strategy, { ...world, seed: firstSeed + i }));
    // Nobody could stop it otherwise: a rollout is played in one go.
    await setImmediate();
  }
  return { ...summarise(outcomes), firstSeed };
}

/** Whatever is told of a scenario beside what it does stays with it. */
export type Played<T> = T & { readonly summary: Summary };

/** Plays each scenario, and says when one is done. Shorter when it was ended. */
export async function playScenarios<T extends { readonly name: string; readonly effect: Effect }>(
  strategy: NamedStrategy,
  scenarios: readonly T[],
  {
    metrics,
    progress,
    requestsPerHour,
    ...options
  }: SimulationOptions & Pick<World, 'metrics' | 'requestsPerHour'> & { readonly progress: (line: string) => void },
): Promise<readonly Played<T>[]> {
  const played: Played<T>[] = [];
  for (const scenario of scenarios) {
    const summary = await simulate(strategy, { effect: scenario.effect, metrics, requestsPerHour }, options);
    if (summary === null) break;
    progress(
      `${strategy.name}: ${scenario.name}: ${summary.runs} ${summary.runs === 1 ? 'rollout' : 'rollouts'} played`,
    );
    played.push({ ...scenario, summary });
  }
  return played;
}

function summarise(outcomes: readonly Outcome[]): Omit<Summary, 'firstSeed'> {
  const ended = (end: Outcome['end']): number => outcomes.filter((one) => one.end === end).length;
  const endedBy: Record<string, number> = {};
  for (const { by } of outcomes) if (by !== null) endedBy[by] = (endedBy[by] ?? 0) + 1;
  const spread = (field: 'hours' | 'requests' | 'exposed' | 'looks'): Spread => {
    const sorted = outcomes.map((one) => one[field]).sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
    return { median: at(0.5), most: at(0.9) };
  };
  return {
    runs: outcomes.length,
    ends: {
      live: ended('live'),
      rejected: ended('rejected'),
      undecided: ended('undecided'),
      waiting: ended('waiting'),
    },
    endedBy,
    hours: spread('hours'),
    requests: spread('requests'),
    exposed: spread('exposed'),
    looks: spread('looks'),
  };
}
