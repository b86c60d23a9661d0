import { ERROR_CODES, formatFindings, type SignalboxError, visibleLine } from '@signalbox/contracts';

export { asSignalboxError } from '@signalbox/contracts';

/** Exit code of a verb that was stopped by Ctrl-C: 128 + SIGINT, as shells expect. */
export const EXIT_INTERRUPTED = 130;

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
