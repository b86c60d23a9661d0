import { asSignalboxError, visible } from '@signalbox/contracts';
import type { Decision } from '../reconcile/index.js';

/** What goes wrong with one model is that model's reason to wait, not the others'. */
export function asHeld(error: unknown): Decision {
  return { manifest: null, reasons: [`waits, because of an error: ${wordsOf(error)}`], verdicts: [] };
}

/** An error as a sentence's end. What nobody foresaw is told as the bug that it is, with where it came up: nobody sees its stack. */
export function wordsOf(thrown: unknown): string {
  const error = asSignalboxError(thrown);
  if (error.code !== 'internal/bug') return error.message;
  const [, place] =
    /\n\s+at (?:async )?([\w$.<>#]+)(?: \[as [^\]]*\])? \(/.exec((thrown as Partial<Error> | null)?.stack ?? '') ?? [];
  return `${visible(error.message)}${place ? `, in ${place}` : ''}: a bug of Signalbox (internal/bug), please report it`;
}
