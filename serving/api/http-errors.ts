import { type ErrorCode, isSignalboxError } from '@signalbox/contracts';
import { BadRequest } from '../prediction/index.js';

/** An error as the interface tells it. `/v1` sends all of it, `/v2` (Open Inference Protocol) the message alone. */
export interface HttpProblem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
  readonly hint?: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfterS?: number;
}

/** A refusal with its own status, thrown by handlers. */
export class HttpError extends Error {
  constructor(readonly problem: HttpProblem) {
    super(problem.message);
  }
}

/** Fastify's own refusals, by its codes; their texts are replaced where they name internals. */
const FASTIFY: Readonly<
  Record<string, { readonly status: number; readonly message: string; readonly field?: string; readonly hint?: string }>
> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    message: 'the body is too large',
    hint: 'Send fewer rows in one request.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    message: 'the content type is not supported',
    hint: 'Send `content-type: application/json`.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { status: 400, message: 'the body is empty', hint: 'Send a JSON object.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    message: 'the body does not have the length that Content-Length says',
  },
  FST_ERR_BAD_URL: { status: 400, message: 'the path is not valid percent-encoding', field: 'path' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, message: 'a part of the path is too long', field: 'path' },
};

/** What to tell of any thrown error. Only what is ours or a known refusal speaks; anything else is an internal error with no detail. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpError) return error.problem;
  if (error instanceof BadRequest)
    return { status: 400, code: error.code, message: error.message, field: error.field, ...hintOf(error) };
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  const known = code === undefined ? undefined : FASTIFY[code];
  if (known !== undefined) return { code: 'serving/bad-request', field: 'body', ...known };
  if (statusCode === 400) {
    return {
      status: 400,
      code: 'serving/bad-request',
      field: 'body',
      message: `the body is not usable JSON: ${message}`,
    };
  }
  // Whatever else Fastify refuses is the caller's, with a status of its own.
  if (statusCode !== undefined && statusCode > 400 && statusCode < 500) {
    return { status: statusCode, code: 'serving/bad-request', message: message ?? 'the request is not acceptable' };
  }
  if (isSignalboxError(error))
    return { status: error.retryable ? 503 : 500, code: error.code, message: error.message, ...hintOf(error) };
  return { status: 500, code: 'internal/bug', message: 'an internal error; the log of the pod has it' };
}

function hintOf({ hint }: { readonly hint: string | undefined }): { hint?: string } {
  return hint === undefined ? {} : { hint };
}
