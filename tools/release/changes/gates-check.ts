import { isSignalboxError } from '@signalbox/contracts';
import type { Forge } from '../../forge/index.js';

/** The name of the check that a ruleset requires. */
export const GATES_CHECK = 'signalbox/gates';

/**
 * Says of a change that goes back or stops that there is nothing to gate, so that it need not wait for a judge's run. On GitHub only the App may say so:
 * from a clone of anybody else that run says it some minutes later, and until then the merge is refused, which tells why.
 */
export async function passWithoutGates(
  forge: Pick<Forge, 'setCheck'>,
  { commit, number, why }: { readonly number: number; readonly commit: string; readonly why: string },
): Promise<void> {
  try {
    await forge.setCheck(number, GATES_CHECK, { commit, verdict: 'pass', title: 'Nothing to gate', summary: why });
  } catch (error) {
    if (!isSignalboxError(error)) throw error;
  }
}
