import { type DurationBounds, durationWithinMs, parseDurationMs } from '../time/duration.js';
import type { Environment } from './environment.js';

/** How short and how long the durations of documents may be, where anything else would break what lives by them. */
export const TIME_BOUNDS = {
  /** A shorter poll keeps Git and the store busy; a longer one keeps a revert waiting. */
  poll: { min: '100ms', max: '1h' },
  evidence: { min: '100ms', max: '1h' },
  timestampValidity: { min: '5m', max: '30d' },
  soak: { min: '0s', max: '365d' },
  stage: { min: '1ms', max: '365d' },
  answer: { min: '1ms', max: '1m' },
  training: { min: '1s', max: '14d' },
  monitoring: { min: '1h', max: '365d' },
  retraining: { min: '1h', max: '3650d' },
  /** A pass waits for the programs of metrics, and so does the revert of any other model in it. */
  metricProgram: { min: '100ms', max: '1m' },
} as const satisfies Record<string, DurationBounds>;

/** A timestamp outlives so many polls, so that a few passes that fail do not let it expire on the pods. */
export const POLLS_PER_TIMESTAMP = 10;

/** How often a reconciler looks, by its document; within the bounds whatever that says, since a wrong one may have been merged all the same. */
export function reconcilePollMs(settings: Pick<Environment, 'reconcile'> | undefined): number {
  return durationWithinMs(settings?.reconcile.poll ?? '30s', TIME_BOUNDS.poll);
}

/** How long a timestamp is signed for: as the document says, but never so short that it would expire before the next, which no pass could publish. */
export function timestampValidityMs(
  settings: Pick<Environment, 'reconcile' | 'timestampValidity'> | undefined,
): number {
  const declaredMs = durationWithinMs(settings?.timestampValidity ?? '1d', TIME_BOUNDS.timestampValidity);
  return Math.max(declaredMs, POLLS_PER_TIMESTAMP * reconcilePollMs(settings));
}

/** For descriptions of keys: "from 100ms to 1h". */
export const fromTo = ({ max, min }: DurationBounds): string => `from \`${min}\` to \`${max}\``;

/** The longer of the two polls of an environment: so long a timestamp may go unseen. */
export function longestPoll({ pods, reconcile }: Pick<Environment, 'pods' | 'reconcile'>): {
  readonly path: readonly ['pods' | 'reconcile', 'poll'];
  readonly text: string;
} {
  const ofPods = parseDurationMs(pods.poll) > parseDurationMs(reconcile.poll);
  return ofPods ? { path: ['pods', 'poll'], text: pods.poll } : { path: ['reconcile', 'poll'], text: reconcile.poll };
}
