import { ERROR_CODES, formatFindings, isSignalboxError, SignalboxError, visibleLine } from '@signalbox/contracts';

/** Exit code of a verb that was stopped by Ctrl-C: 128 + SIGINT, as shells expect. */
export const EXIT_INTERRUPTED = 130;

/** Errors of the operating system that have one plain meaning wherever they come from. */
const SYSTEM_ERRORS: Readonly<Record<string, { code: SignalboxError['code']; hint: string }>> = {
  ENOSPC: { code: 'store/unavailable', hint: 'The disk is full: free some space and run the same command again.' },
  EDQUOT: { code: 'store/unavailable', hint: 'Your disk quota is used up: free some space and run it again.' },
  EACCES: { code: 'store/unavailable', hint: 'Check who owns this path and its permissions.' },
  EROFS: { code: 'store/unavailable', hint: 'The file system is read-only: choose a folder that can be written.' },
  EMFILE: { code: 'store/unavailable', hint: 'Too many open files: raise the limit with "ulimit -n 4096".' },
  EADDRINUSE: { code: 'environment/port-in-use', hint: 'Choose another port with --port, or 0 for any free one.' },
};

/** Whatever was thrown, as one of our errors: known system errors keep their meaning, the rest is a bug of ours. */
export function asSignalboxError(error: unknown): SignalboxError {
  if (isSignalboxError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const known = SYSTEM_ERRORS[(error as { code?: string } | null)?.code ?? ''];
  if (known) return new SignalboxError(known.code, message, { hint: known.hint, cause: error });
  return new SignalboxError('internal/bug', message, {
    hint: 'This is a bug of Signalbox. Run it again with SIGNALBOX_DEBUG=1 for the stack, and report that.',
    cause: error,
  });
}

export function exitCodeOf(error: SignalboxError): number {
  return ERROR_CODES[error.code].exit;
}

/** For people: every finding, the message, what to do next, the code, and the stack where one is asked for. */
export function formatError(error: SignalboxError, options: { readonly debug: boolean }): string {
  const lines = error.findings.length > 0 ? [formatFindings(error.findings)] : [];
  lines.push(visibleText(`error: ${error.message} [${error.code}]`));
  if (error.hint) lines.push(visibleText(`  hint: ${error.hint}`));
  if (options.debug) lines.push(visibleText(stackOf(error)));
  return `${lines.join('\n')}\n`;
}

/** Messages hold names, and words of Git and of data, in several lines at times. */
function visibleText(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => visibleLine(line.replaceAll('\t', '  ')))
    .join('\n');
}

/** For machines: what `--json` prints in place of the answer. */
export function errorJson(error: SignalboxError): unknown {
  return {
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
      retryable: error.retryable,
      findings: error.findings,
    },
  };
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
