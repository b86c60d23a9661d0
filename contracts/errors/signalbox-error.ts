import type { ErrorCode } from './codes.js';
import type { Finding } from './finding.js';

export interface ErrorDetails {
  /** What the person who gets this does next. */
  readonly hint?: string;
  /** All findings, where the error speaks of documents. */
  readonly findings?: readonly Finding[];
  /** Whether the same call may succeed later without a change. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** The one error of Signalbox. `code` is closed (see `codes.ts`), the message says what was expected and what came. */
export class SignalboxError extends Error {
  override readonly name = 'SignalboxError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly findings: readonly Finding[];
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.findings = details.findings ?? [];
    this.retryable = details.retryable ?? false;
  }
}

/** True for our errors, also across two copies of this module. */
export function isSignalboxError(error: unknown): error is SignalboxError {
  return error instanceof Error && error.name === 'SignalboxError' && 'code' in error;
}

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
