import { Pool } from 'undici';
import type { Answer } from './meter.js';

/** Open connections to one pod: keep-alive, no pipelining. */
const CONNECTIONS = 8;
const TIMEOUT_MS = 5_000;

export interface PredictRequest {
  readonly entities: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** Null: the caller does not know it. */
  readonly request: Readonly<Record<string, string | number | boolean | null>>;
  readonly unit: string;
  /** Event time T, epoch microseconds: accepted because the environment says `clock: replay`. */
  readonly at: number;
}

export interface PredictOutcome {
  readonly answer: Answer;
  readonly predictionId: string | null;
  /** How many events of the log the features of this answer had seen; null where none were read. */
  readonly applied: number | null;
}

interface PredictResponse {
  readonly prediction: number;
  readonly predictionId: string;
  readonly version: number;
  readonly degraded: string | null;
  /** By view, by partition: the offset that was applied. */
  readonly token: { readonly views: Readonly<Record<string, Readonly<Record<string, number>>>> } | null;
}

/** One pod, as an application would call it. It never throws: what goes wrong is an answer that was not useful. */
export class PodClient {
  readonly name: string;
  readonly address: string;
  readonly #pool: Pool;
  readonly #path: string;

  constructor(pod: { readonly name: string; readonly address: string }, model: string) {
    this.name = pod.name;
    this.address = pod.address;
    this.#path = `/v1/models/${model}/predict`;
    this.#pool = new Pool(pod.address, {
      connections: CONNECTIONS,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  async predict(request: PredictRequest): Promise<PredictOutcome> {
    const startedAt = performance.now();
    const { body, failure } = await this.#post(this.#path, request);
    const response = body as PredictResponse | null;
    const useful = failure === null && Number.isFinite(response?.prediction);
    return {
      predictionId: useful ? response!.predictionId : null,
      applied: useful ? appliedOf(response!) : null,
      answer: {
        wallMs: Date.now(),
        eventUs: request.at,
        latencyMs: performance.now() - startedAt,
        pod: this.name,
        version: useful ? response!.version : null,
        degraded: useful ? response!.degraded : null,
        failure: useful ? null : (failure ?? 'the answer holds no number'),
      },
    };
  }

  /** Sends what became known; answers null, or why it was not taken. */
  async sendOutcomes(
    outcomes: readonly { predictionId: string; outcome: boolean; observedAt: number }[],
  ): Promise<string | null> {
    return (await this.#post('/v1/outcomes', { outcomes })).failure;
  }

  /** Whether the pod says that it can take requests. */
  async isReady(): Promise<boolean> {
    try {
      const { statusCode, body } = await this.#pool.request({ method: 'GET', path: '/readyz' });
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #post(path: string, value: unknown): Promise<{ body: unknown; failure: string | null }> {
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(value),
      });
      const text = await body.text();
      if (statusCode >= 300) return { body: null, failure: `${statusCode}: ${text.slice(0, 300)}` };
      return { body: text === '' ? null : JSON.parse(text), failure: null };
    } catch (error) {
      return { body: null, failure: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Of all views that were read, the one that is furthest behind. */
function appliedOf({ token }: PredictResponse): number | null {
  const views = Object.values(token?.views ?? {});
  if (views.length === 0) return null;
  return Math.min(...views.map((offsets) => Object.values(offsets).reduce((sum, offset) => sum + offset, 0)));
}
