import { describe, expect, it } from 'vitest';
import { EventClock } from './event-clock.js';

const WALL_MS = 1_000;

function clockOf(latestArrival: (() => Promise<number | null>) | null): EventClock {
  const clock = new EventClock({ wallNow: () => WALL_MS, log: latestArrival === null ? null : { latestArrival } });
  clock.replay = true;
  return clock;
}

describe('the event clock', () => {
  it('is the wall clock outside a replay', async () => {
    const clock = clockOf(async () => 7);
    clock.replay = false;
    await clock.refresh();
    expect(clock.nowUs()).toBe(WALL_MS * 1000);
  });

  it('is the newest arrival of the log in a replay, and never goes back', async () => {
    const arrivals = [5, 9, 8];
    const clock = clockOf(async () => arrivals.shift() ?? null);
    const seen: (number | null)[] = [];
    for (let look = 0; look < 4; look += 1) {
      await clock.refresh();
      seen.push(clock.nowUs());
    }
    expect(seen).toEqual([5, 9, 9, 9]);
  });

  it('is not known in a replay without a log, or with an empty one', async () => {
    for (const clock of [clockOf(null), clockOf(async () => null)]) {
      await clock.refresh();
      expect(clock.nowUs()).toBeNull();
    }
  });

  it('stays where it is while the log cannot be read', async () => {
    let away = false;
    const clock = clockOf(async () => {
      if (away) throw new Error('away');
      return 5;
    });
    await clock.refresh();
    away = true;
    await clock.refresh();
    expect(clock.nowUs()).toBe(5);
  });
});
