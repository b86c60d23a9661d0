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
