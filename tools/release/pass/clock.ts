/** The two clocks of this machine at one moment. */
export interface ClockReading {
  /** What time it is; people and NTP set it. */
  readonly wallMs: number;
  /** How much time has passed; nobody sets it. */
  readonly monotonicMs: number;
}

/** NTP slews by at most 0.05 %, and a pass may be interrupted between the two readings: more than this apart is a jump. */
const MAX_APART_MS = 10_000;
const MAX_SLEW = 0.001;

/** What a pass may believe of the time. */
export interface BelievedTime {
  /** Why no duration can be believed in this pass; null: nothing is wrong. */
  readonly jump: string | null;
  /** For signatures, epoch milliseconds: after a jump what the clock should say, so that nothing is signed into the future, and nothing that pods would take for expired. */
  readonly signAtMs: number;
  /** For durations where requests come by the wall clock, whole epoch milliseconds: after a jump the earlier, so that no stage runs out of a time that did not pass. */
  readonly eventAtMs: number;
}

/**
 * The wall clock against the time that has really passed since the pass before. A suspended machine looks like a jump too: then the pods' evidence is
 * as doubtful, and one pass of waiting costs little.
 */
export function believedTime(before: ClockReading | null, now: ClockReading): BelievedTime {
  const believed = { jump: null, signAtMs: now.wallMs, eventAtMs: now.wallMs };
  if (before === null) return believed;
  const passedMs = now.monotonicMs - before.monotonicMs;
  const expectedMs = before.wallMs + passedMs;
  const isJump = Math.abs(now.wallMs - expectedMs) > MAX_APART_MS + passedMs * MAX_SLEW;
  if (!isJump) return believed;
  const way = now.wallMs > expectedMs ? 'forward' : 'back';
  return {
    jump: `the clock of the reconciler jumped ${way} since its last pass, so no duration can be believed until the next`,
    signAtMs: expectedMs,
    eventAtMs: Math.floor(Math.min(now.wallMs, expectedMs)),
  };
}
