import { SignalboxError } from '@signalbox/contracts';

/** What one job left for the next is not what it must be. `what` must hold no text of the other side that was not made visible. */
export function refused(what: string, hint: string, cause?: unknown): SignalboxError {
  return new SignalboxError('handover/refused', `what the job before left is refused: ${what}`, { hint, cause });
}
