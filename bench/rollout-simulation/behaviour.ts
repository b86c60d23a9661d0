import type { Strategy } from '@signalbox/contracts';

/** How a version behaves, request by request. */
export interface Behaviour {
  readonly failureShare: number;
  readonly medianLatencyMs: number;
  /** Its score minus the champion's on the same request: mean and standard deviation. */
  readonly scoreShift: number;
  readonly scoreSpread: number;
}

/** What serves: two requests of a thousand fail, and latencies have the long tail that they have in life. */
export const CHAMPION: Behaviour = { failureShare: 0.002, medianLatencyMs: 8, scoreShift: 0, scoreSpread: 0.08 };

export interface Scenario {
  readonly name: string;
  readonly candidate: (analysis: Strategy['analysis']) => Behaviour;
  readonly wanted: 'live' | 'rejected' | 'kept out';
  /** The verdict without which a strategy cannot see the harm. */
  readonly seenBy: 'rollout/error-rate' | 'rollout/latency' | 'rollout/score-shift';
}

export const EQUAL: Scenario = {
  name: 'an equal version goes live',
  candidate: () => CHAMPION,
  wanted: 'live',
  seenBy: 'rollout/error-rate',
};

/** The hardest case that the confidence still speaks of: as bad as just not allowed. To wait for ever is right, too. */
export const AT_THE_MARGIN: Scenario = {
  name: 'one at the margin of errors is kept out',
  candidate: ({ errorRateMargin }) => ({ ...CHAMPION, failureShare: CHAMPION.failureShare + errorRateMargin }),
  wanted: 'kept out',
  seenBy: 'rollout/error-rate',
};

/** One harm each, as large as people would want it found soon. */
export const HARMFUL: readonly Scenario[] = [
  {
    name: 'one that fails 5 % is rejected',
    candidate: () => ({ ...CHAMPION, failureShare: 0.05 }),
    wanted: 'rejected',
    seenBy: 'rollout/error-rate',
  },
  {
    name: 'one that is 100 ms slower is rejected',
    candidate: () => ({ ...CHAMPION, medianLatencyMs: 108 }),
    wanted: 'rejected',
    seenBy: 'rollout/latency',
  },
  {
    name: 'one that scores 0.2 higher is rejected',
    candidate: () => ({ ...CHAMPION, scoreShift: 0.2 }),
    wanted: 'rejected',
    seenBy: 'rollout/score-shift',
  },
];
