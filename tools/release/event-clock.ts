import { resolve } from 'node:path';
import { type Environment, US_PER_MS } from '@signalbox/contracts';
import { openEventLog } from '@signalbox/serving/stores';

/** What time it is for requests: the wall clock, or in a replay when the latest event came; null when none has come. */
export async function eventNowUs(
  repo: string,
  { clock, stores }: Pick<Environment, 'clock' | 'stores'>,
  wallNow: () => number,
): Promise<number | null> {
  if (clock === 'wall') return wallNow() * US_PER_MS;
  const log = openEventLog(resolve(repo, stores.log));
  try {
    return await log.latestArrival();
  } finally {
    await log.close();
  }
}
