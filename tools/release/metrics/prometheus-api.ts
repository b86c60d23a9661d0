import type { MetricReading } from '../analysis/index.js';
import { broken, noData } from './problems.js';
import { AUTHORIZATION_VARIABLE, originOf, type PrometheusServer } from './prometheus-server.js';
import { readCapped } from './read-capped.js';

type Answer = Extract<MetricReading, { kind: 'number' | 'problem' }>;

export interface PrometheusLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** A query for one number is answered in kilobytes and at once; whatever takes more is a wrong query or a server in trouble. */
const LIMITS: PrometheusLimits = { timeoutMs: 10_000, maxBytes: 1024 * 1024 };
/** Of what a server said, so much is shown. */
const SHOWN_CHARACTERS = 200;

/**
 * One instant query (`POST /api/v1/query`) that must give one number. Everything else is a reading without a value: no series and NaN are no data (a rate of no requests);
 * several series, an infinite number, an error, a redirect, a late or oversized answer are errors. Never an exception, and never a number that the server did not say.
 */
export async function askPrometheus(
  { address, authorization }: PrometheusServer,
  query: string,
  limits: PrometheusLimits = LIMITS,
): Promise<Answer> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(new URL('api/v1/query', address.endsWith('/') ? address : `${address}/`), {
      method: 'POST',
      headers: { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      body: new URLSearchParams({ query, timeout: `${limits.timeoutMs}ms` }),
      // The address is reviewed, where it sends us is not.
      redirect: 'manual',
      signal: AbortSignal.timeout(limits.timeoutMs),
    });
    status = response.status;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      return broken(`Prometheus sends us elsewhere (HTTP ${status}); name the address that answers itself.`);
    }
    if (status === 401 || status === 403) {
      await response.body?.cancel();
      return broken(notAllowed({ address, ...(authorization === undefined ? {} : { authorization }) }, status));
    }
    text = await readCapped(response, limits.maxBytes);
  } catch (error) {
    return broken(`Prometheus at ${address} gave no answer: ${reasonOf(error, limits)}.`);
  }
  return readAnswer(text, status);
}

function notAllowed({ address, authorization }: PrometheusServer, status: number): string {
  const line =
    authorization === undefined
      ? `nothing in ${AUTHORIZATION_VARIABLE} is for it`
      : `what ${AUTHORIZATION_VARIABLE} has for it does not do`;
  return `Prometheus at ${address} wants to know who asks (HTTP ${status}), and ${line}: a line of \`${originOf(address)} Bearer …\`.`;
}

function reasonOf(error: unknown, { timeoutMs }: PrometheusLimits): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `it took longer than ${timeoutMs / 1000} s`;
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

/** Lenient with what is there besides, strict with the number itself. */
export function readAnswer(text: string, status: number): Answer {
  const answer = parse(text);
  if (answer === null) return broken(`Prometheus answered HTTP ${status} and no JSON: ${shown(text)}`);
  if (answer.status !== 'success') {
    return broken(`Prometheus refused the query (HTTP ${status}): ${shown(String(answer.error ?? text))}`);
  }
  const { result, resultType } = answer.data ?? {};
  if (resultType === 'scalar') return sample(result);
  if (resultType !== 'vector' || !Array.isArray(result)) {
    return broken(`the query gives a ${shown(String(resultType))}, where one number is wanted.`);
  }
  if (result.length === 0) return noData('the query finds no series.');
  if (result.length > 1)
    return broken(`the query gives ${result.length} series, where one number is wanted: add them up.`);
  return sample((result[0] as { value?: unknown } | null)?.value);
}

/** `[seconds, "text"]`. */
function sample(value: unknown): Answer {
  const text: unknown = Array.isArray(value) ? value[1] : undefined;
  if (typeof text !== 'string' || text.trim() === '') return broken('the query gives no number.');
  if (text === 'NaN') return noData('the query gives NaN, as a share of nothing does.');
  const number = Number(text);
  return Number.isFinite(number) ? { kind: 'number', value: number } : broken(`the query gives ${shown(text)}.`);
}

interface QueryAnswer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

function parse(text: string): QueryAnswer | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

const shown = (text: string): string => JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
