import { type DaemonEvents, runDaemon, sleep } from './daemon.js';
import { openReconciler, type Place, type ReconcilerAddress } from './open-environment.js';

/** How long until an environment that could not be opened (no root yet, no keys, a document with an error) is tried again. */
const OPEN_AGAIN_MS = 30_000;

export interface DaemonsOptions {
  readonly place: Place;
  readonly addresses: readonly ReconcilerAddress[];
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly eventsOf: (environment: string) => DaemonEvents;
}

/**
 * A daemon for each environment, on one view of the branch, until `signal` aborts. What is wrong with one is told and tried again, and the others go on;
 * where there is only one, what keeps it from starting is an error.
 */
export async function runDaemons(options: DaemonsOptions): Promise<void> {
  await Promise.all(options.addresses.map((address) => runOne(address, options)));
}

async function runOne(address: ReconcilerAddress, options: DaemonsOptions): Promise<void> {
  const { addresses, eventsOf, place, random, signal } = options;
  const events = eventsOf(address.environment);
  while (!signal.aborted) {
    try {
      const { close, tools } = await openReconciler(address, place);
      return await runDaemon({ tools, signal, random, ...events }).finally(close);
    } catch (error) {
      if (addresses.length === 1) throw error;
      events.onFailure(error);
      await sleep(OPEN_AGAIN_MS, signal);
    }
  }
}
