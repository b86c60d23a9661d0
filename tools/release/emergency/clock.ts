import {
  type Environment,
  parseDurationMs,
  SignalboxError,
  TIME_BOUNDS,
  timestampValidityMs,
} from '@signalbox/contracts';
import { type Published, VALIDITY_MS } from '../../trust/index.js';
import { MAX_AHEAD_MS } from '../pass/sign.js';

/** Over a weekend: whoever else would sign the timestamp again may be down as well. */
export const EMERGENCY_VALIDITY_MS = parseDurationMs('3d');

export interface ClockQuestion {
  /** By the clock of this machine. */
  readonly nowMs: number;
  /** Null where nothing here says them: then a timestamp counts as signed for as long as one may be. */
  readonly settings: Environment | null;
}

/**
 * What a clock that is behind signs has expired before any pod sees it, and nothing else here would say so: in a machine without a network clock that is
 * easily so. Throws `release/refused`.
 */
export function refuseClockBehind({ verified }: Published, { nowMs, settings }: ClockQuestion): void {
  const { rollout, snapshot, timestamp } = verified.roles;
  const longestMs = settings ? timestampValidityMs(settings) : parseDurationMs(TIME_BOUNDS.timestampValidity.max);
  const signedMs = Math.max(
    rollout.expiresAtMs - VALIDITY_MS.rollout,
    snapshot.expiresAtMs - VALIDITY_MS.snapshot,
    // At the earliest: an emergency signs one for longer than many environments say.
    timestamp.expiresAtMs - Math.max(longestMs, EMERGENCY_VALIDITY_MS),
  );
  if (signedMs - nowMs <= MAX_AHEAD_MS) return;
  const [now, signed] = [nowMs, signedMs].map((ms) => new Date(ms).toISOString());
  throw new SignalboxError(
    'release/refused',
    `the clock of this machine says ${now}, and what is published was signed at ${signed} or later: what is signed now would expire too early, and pods would not take it`,
    {
      hint: 'Nothing was changed. Set the clock of this machine right (date -u shows it). Where this clone is behind main, pull: it says for how long a timestamp is signed. Where the clock is right, and whoever signed last was ahead: --clock-is-right.',
    },
  );
}
