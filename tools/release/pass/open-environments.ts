import { asSignalboxError, type SignalboxError } from '@signalbox/contracts';
import { brokenEnvironments } from '../desired/head.js';
import { openReconciler, type Place, type ReconcilerAddress } from './open-environment.js';
import { type PassResult, runPass } from './pass.js';

/** Every environment that the main branch has, those whose document cannot be read included: that must be told, not passed over. */
export async function allEnvironments({ branch }: Pick<Place, 'branch'>): Promise<readonly string[]> {
  const head = await branch.read(await branch.commit());
  return [...new Set([...head.workspace.environments.keys(), ...brokenEnvironments(head)])].sort();
}

/** What became of one environment in a call that was for several. */
export type EnvironmentOutcome =
  | { readonly environment: string; readonly result: PassResult }
  | { readonly environment: string; readonly error: SignalboxError };

/** One pass over each environment. What is wrong with one (its document, its keys, its store, or what nobody foresaw) is that one's alone. Never rejects. */
export function reconcileEach(
  place: Place,
  addresses: readonly ReconcilerAddress[],
): Promise<readonly EnvironmentOutcome[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const { environment } = address;
      try {
        return { environment, result: await reconcileOnce(place, address) };
      } catch (error) {
        return { environment, error: asSignalboxError(error) };
      }
    }),
  );
}

export async function reconcileOnce(place: Place, address: ReconcilerAddress): Promise<PassResult> {
  const { close, tools } = await openReconciler(address, place);
  return runPass(tools, null).finally(close);
}
