import { formatDurationMs, US_PER_MS, type Verdict } from '@signalbox/contracts';
import type { Stage } from './stages.js';
import type { Situation } from './transition.js';

/** A stage may be passed only after its least time: traffic differs by hour and day. */
export function judgeDuration(situation: Situation, { minDurationUs }: Stage): Verdict {
  const id = 'rollout/duration';
  const bound = secondsOf(minDurationUs);
  const passedUs = timeIn(situation);
  if (passedUs === null) return { id, verdict: 'no-data', sentence: 'No event has told the time yet.', bound };
  return {
    id,
    verdict: passedUs >= minDurationUs ? 'pass' : 'inconclusive',
    sentence: `${passedOf(passedUs, minDurationUs)} of event time of at least ${spanOf(minDurationUs)}.`,
    value: secondsOf(passedUs),
    bound,
  };
}

/** What has shown neither a pass nor a fail by the end of its time would hold its part of the traffic for ever; null: there is time left. */
export function judgeDeadline({ maxDurationUs }: Stage, passedUs: number | null): Verdict | null {
  if (passedUs === null || passedUs < maxDurationUs) return null;
  return {
    id: 'rollout/deadline',
    verdict: 'fail',
    sentence: `It showed neither a pass nor a fail within ${spanOf(maxDurationUs)} of event time.`,
    value: secondsOf(passedUs),
    bound: secondsOf(maxDurationUs),
  };
}

/** Event time since the stage was entered; null before the first event. */
export function timeIn({ eventNowUs, state }: Situation): number | null {
  return eventNowUs === null ? null : Math.max(0, eventNowUs - state.enteredAtUs);
}

const secondsOf = (us: number): number => us / US_PER_MS / 1000;
const MINUTE_US = 60_000 * US_PER_MS;

/** In whole minutes, so that it does not change with every pass; in seconds where less than a minute is asked. */
function passedOf(us: number, leastUs: number): string {
  return leastUs < MINUTE_US
    ? counted(Math.floor(secondsOf(us)), 'second')
    : counted(Math.floor(us / MINUTE_US), 'minute');
}

const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
const spanOf = (us: number): string => formatDurationMs(us / US_PER_MS);
