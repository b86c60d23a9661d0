import { asSignalboxError, type SignalboxError } from '@signalbox/contracts';
import { brokenEnvironments, type Head } from '../desired/head.js';
import { openReconciler, type Place, type ReconcilerAddress } from './open-environment.js';
import { type PassResult, runPass } from './pass.js';

/** Every environment that a head has, those whose document cannot be read included: that must be told, not passed over. */
export function environmentsOf(head: Head): readonly string[] {
  return [...new Set([...head.workspace.environments.keys(), ...brokenEnvironments(head)])].sort();
}

export async function allEnvironments({ branch }: Pick<Place, 'branch'>): Promise<readonly string[]> {
  return environmentsOf(await branch.read(await branch.commit()));
}

/** What became of one environment in a call that was for several. */
export type OutcomeOf<T> =
  | { readonly environment: string; readonly result: T }
  | { readonly environment: string; readonly error: SignalboxError };

export type EnvironmentOutcome = OutcomeOf<PassResult>;

/** Works on each environment. What is wrong with one (its document, its keys, its store, or what nobody foresaw) is that one's alone. Never rejects. */
export function eachAlone<A extends { readonly environment: string }, T>(
  addresses: readonly A[],
  work: (address: A) => Promise<T>,
): Promise<readonly OutcomeOf<T>[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const { environment } = address;
      try {
        return { environment, result: await work(address) };
      } catch (error) {
        return { environment, error: asSignalboxError(error) };
      }
    }),
  );
}

/** One pass over each environment. */
export function reconcileEach(
  place: Place,
  addresses: readonly ReconcilerAddress[],
): Promise<readonly EnvironmentOutcome[]> {
  return eachAlone(addresses, (address) => reconcileOnce(place, address));
}

export async function reconcileOnce(place: Place, address: ReconcilerAddress): Promise<PassResult> {
  const { close, tools } = await openReconciler(address, place);
  return runPass(tools, null).finally(close);
}
