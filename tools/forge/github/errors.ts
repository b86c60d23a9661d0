import { type ErrorCode, isSignalboxError, SignalboxError } from '@signalbox/contracts';

/** What Octokit throws: its `status` is GitHub's, or 500 where no answer came. */
interface FailedRequest extends Error {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

export function isFailedRequest(error: unknown): error is FailedRequest {
  return error instanceof Error && typeof (error as Partial<FailedRequest>).status === 'number';
}

/**
 * A failed call as one of our errors: what we were about, GitHub's own words, and what to do next. By the time that this is asked, the
 * client has tried again what may be tried again.
 */
export function asForgeError(thrown: unknown, doing: string): SignalboxError {
  if (isSignalboxError(thrown)) return thrown;
  if (!isFailedRequest(thrown))
    return new SignalboxError('internal/bug', `cannot ${doing}: ${wordsOf(thrown)}`, { cause: thrown });
  const { code, hint, retryable = false } = meaningOf(thrown);
  const status = thrown.response ? ` (${thrown.status})` : '';
  return new SignalboxError(code, `cannot ${doing}: GitHub says "${wordsOf(thrown)}"${status}`, {
    hint,
    retryable,
    cause: thrown,
  });
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable?: boolean;
}

function meaningOf(error: FailedRequest): Meaning {
  if (isRateLimited(error)) return rateLimited(error);
  switch (error.status) {
    case 401:
      return {
        code: 'forge/unauthorized',
        hint: 'The token or the App key is wrong, revoked or expired: make a new one.',
      };
    case 403:
      return { code: 'forge/unauthorized', hint: missingRight(error) };
    case 404:
    case 410:
      return {
        code: 'input/unknown-reference',
        hint: 'It does not exist, or the token may not see it: GitHub answers both alike. Is the App installed on the repository?',
      };
    case 409:
      return { code: 'store/conflict', hint: 'Someone else was first: run the command again.', retryable: true };
    default:
      if (error.status >= 500 || error.status === 408) {
        return {
          code: 'forge/unavailable',
          hint: 'Run the command again later, and look at https://www.githubstatus.com. What is released is not touched.',
          retryable: true,
        };
      }
      return { code: 'forge/rejected', hint: 'GitHub takes the request for wrong; what it names is what to change.' };
  }
}

/** As GitHub documents its limits: 429, or 403 that says so in words, by the count of what is left, or by when to come back. */
function isRateLimited(error: FailedRequest): boolean {
  const { 'retry-after': retryAfter, 'x-ratelimit-remaining': left } = error.response?.headers ?? {};
  if (error.status === 429) return true;
  return error.status === 403 && (/\brate limit\b/i.test(error.message) || left === '0' || retryAfter !== undefined);
}

function rateLimited(error: FailedRequest): Meaning {
  const { 'retry-after': afterS, 'x-ratelimit-reset': resetAtS } = error.response?.headers ?? {};
  const reset = Number(resetAtS);
  const until =
    Number.isFinite(reset) && reset > 0 ? `after ${new Date(reset * 1000).toISOString()}` : 'in a few minutes';
  const hint = `Run the command again ${afterS === undefined ? until : `after ${afterS} seconds`}; docs/github.md says what a pass costs.`;
  return { code: 'forge/rate-limited', hint, retryable: true };
}

function missingRight({ message, response }: FailedRequest): string {
  const { 'x-accepted-github-permissions': needed, 'x-github-sso': sso } = response?.headers ?? {};
  if (sso !== undefined)
    return 'The organization demands single sign-on: authorize the token for it on the page of the token.';
  if (needed !== undefined)
    return `The token or App needs the right ${needed}; docs/github.md lists all that are needed.`;
  if (/authenticate via a GitHub App/i.test(message)) {
    return 'Only Apps make checks: set SIGNALBOX_APP_ID and SIGNALBOX_APP_KEY, or let a workflow do it with its own token.';
  }
  return 'The token or App lacks a right; docs/github.md lists what is needed for what.';
}

/** Without the link to the manual that Octokit adds. */
function wordsOf(thrown: unknown): string {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return words.replace(/ - https:\/\/docs\.github\.com\S*$/, '').trim() || 'nothing';
}
