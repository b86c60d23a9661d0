/** The longest time that GitHub takes for a request before it gives up itself is ten seconds; a slow network gets some more. */
const TIMEOUT_MS = 30_000;
/** A page of 100 pull requests has under 4 MB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface FetchLimits {
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
}

/**
 * `fetch` for Octokit, which takes a body that was cut off for an empty one and waits without end: an answer arrives whole, in time and in
 * bounds, or the call fails in the way that is tried again.
 */
export function guardedFetch(
  fetch: typeof globalThis.fetch,
  { timeoutMs = TIMEOUT_MS, maxAnswerBytes = MAX_ANSWER_BYTES }: FetchLimits = {},
): typeof globalThis.fetch {
  return async (input, init) => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(input, { ...init, signal });
      const body = await readBody(answer, maxAnswerBytes);
      assertJson(answer, body);
      const whole = new Response(body.length === 0 ? null : body, { status: answer.status, headers: answer.headers });
      // Octokit finds the next page of some lists by where the answer came from, and a new answer has no such place.
      return Object.defineProperty(whole, 'url', { value: answer.url || String(input) });
    } catch (error) {
      throw signal.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error }) : error;
    }
  };
}

async function readBody(answer: Response, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function assertJson({ headers, ok }: Response, body: Buffer): void {
  if (!ok || body.length === 0 || !/\bjson\b/.test(headers.get('content-type') ?? '')) return;
  try {
    JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Error(`an answer that is not the JSON that it says it is (${body.length} bytes)`, { cause: error });
  }
}
