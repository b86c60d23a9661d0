import type { Metric, Strategy } from '@signalbox/contracts';
import type { Effect } from './behaviour.js';

export type NamedStrategy = { readonly name: string } & Omit<Strategy, 'description'>;

/** What a strategy is played against. */
export interface World {
  /** What makes the candidate other than the champion. */
  readonly effect: Effect;
  /** Of all pods together. */
  readonly requestsPerHour: number;
  /** The metrics that the strategy names, by name. */
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly seed: number;
}

export interface Outcome {
  /** `undecided`: it was ended because a stage showed neither a pass nor a fail in its time. `waiting`: it had not ended when nobody watched any longer. */
  readonly end: 'live' | 'rejected' | 'undecided' | 'waiting';
  /** The verdict that ended it; null: none did. */
  readonly by: string | null;
  /** Until the end, of both versions together. */
  readonly requests: number;
  /** Of those, how many users were answered by the candidate. */
  readonly exposed: number;
  /** Event time until the end. */
  readonly hours: number;
  /** How often the evidence was looked at while a stage was under way. */
  readonly looks: number;
}
