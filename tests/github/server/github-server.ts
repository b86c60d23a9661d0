import { createHash, type KeyObject } from 'node:crypto';
import { findOperation, type Operation, problemsOfAnswer, problemsOfRequest } from '../openapi/description.js';
import { accountRoutes, actorOf } from './accounts.js';
import { actionsRoutes } from './actions.js';
import { type Answer, type Call, type Route, refuse } from './answers.js';
import { checkRoutes } from './checks.js';
import { commentRoutes } from './comments.js';
import { pullRoutes } from './pulls.js';
import { answerOf } from './sample.js';
import { settingRoutes } from './settings.js';
import { type Account, ServerState } from './state.js';

const ROUTES: Readonly<Record<string, Route>> = {
  ...accountRoutes,
  ...actionsRoutes,
  ...checkRoutes,
  ...commentRoutes,
  ...pullRoutes,
  ...settingRoutes,
};

/** What goes wrong with a request. A `lost` one is done and its answer never arrives; `twice` is what a network that repeats makes of it. */
export interface Fault {
  /** Only of this operation. */
  readonly operation?: string;
  /** How often; once unless given. */
  times?: number;
  readonly does:
    | 'cut'
    | 'lost'
    | 'silent'
    | 'cut-body'
    | 'twice'
    | { readonly status: number; readonly message: string; readonly headers?: Readonly<Record<string, string>> };
}

/**
 * A GitHub of one repository, for tests: each request and each answer is held against GitHub's own description, and what does not fit is in
 * `violations`. It keeps its state in memory and its branches in a bare repository. `fetch` answers in this process; `listen` is for others.
 */
export class GithubServer {
  readonly state: ServerState;
  readonly violations: string[] = [];
  /** What was asked, by operation, in order; `git/get-ref 304`. */
  readonly answered: string[] = [];
  readonly faults: Fault[] = [];
  readonly #base: string;

  constructor(
    { owner, repo, folder }: { readonly owner: string; readonly repo: string; readonly folder: string },
    base = 'https://api.github.com',
  ) {
    this.state = new ServerState(owner, repo, folder);
    this.#base = new URL(base).pathname.replace(/\/$/, '');
  }

  /** An account that the token signs in. */
  addPerson(login: string, token: string, permission: 'admin' | 'write' | 'read' = 'write'): void {
    this.state.accounts.set(token, { login, type: 'User' });
    this.state.repository.permissions.set(login, permission);
  }

  addApp(app: { readonly id: number; readonly slug: string; readonly publicKey: KeyObject }, isInstalled = true): void {
    this.state.apps.push({ ...app, installationId: isInstalled ? app.id + 1 : null });
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input as string, init as RequestInit);
    const url = new URL(request.url);
    const found = findOperation(request.method, url.pathname.slice(this.#base.length));
    if (!found) {
      this.violations.push(`${request.method} ${url.pathname} is no operation that is described`);
      return respond(404, { message: 'Not Found' });
    }
    const fault = this.#nextFault(found.operation.id);
    if (fault === 'silent') return this.#silence(found.operation, init?.signal);
    if (fault === 'cut') return this.#cut(found.operation);
    if (fault !== null && typeof fault === 'object') {
      this.answered.push(`${found.operation.id} ${fault.status}`);
      return respond(fault.status, { message: fault.message }, fault.headers);
    }
    const text = await request.text();
    const body = text === '' ? undefined : (JSON.parse(text) as unknown);
    const answer = () => this.#answer({ ...found, url, body }, request.headers);
    if (fault === 'twice') await answer();
    const response = await answer();
    if (fault === 'lost') return this.#cut(found.operation);
    return fault === 'cut-body' ? cutOff(response) : response;
  };

  async #answer(
    { body, operation, path, url }: { operation: Operation; path: Record<string, string>; url: URL; body: unknown },
    headers: Headers,
  ): Promise<Response> {
    const { owner, repo } = this.state.repository;
    const query = Object.fromEntries(url.searchParams);
    const problems = problemsOfRequest(operation, { path, query, body });
    this.violations.push(...problems.map((problem) => `${operation.id}: ${problem}`));
    const actor = actorOf(this.state, headers.get('authorization'));
    const isElsewhere = path.repo !== undefined && (path.owner !== owner || path.repo !== repo);
    const call = { operation, path, query, body: (body ?? {}) as Call['body'], url, state: this.state };
    const answer = isElsewhere ? refuse(404, 'Not Found') : await this.#route(call, actor);
    const isError = answer.status >= 400;
    const content = isError ? answer.fields : answerOf(operation, answer.status, answer.fields);
    this.violations.push(...problemsOfAnswer(operation, answer.status, content));
    const etag = `W/"${createHash('sha256')
      .update(JSON.stringify(content) ?? '')
      .digest('hex')}"`;
    const isKnown = operation.method === 'GET' && !isError && headers.get('if-none-match') === etag;
    this.answered.push(`${operation.id} ${isKnown ? 304 : answer.status}`);
    if (isKnown) return new Response(null, { status: 304, headers: { etag } });
    return respond(answer.status, content, { ...answer.headers, ...(operation.method === 'GET' && { etag }) });
  }

  async #route(call: Omit<Call, 'actor'>, actor: Account | null): Promise<Answer> {
    if (actor === null) return refuse(401, 'Bad credentials');
    const route = ROUTES[call.operation.id];
    if (!route) throw new Error(`the server has no route for ${call.operation.id}`);
    return route({ ...call, actor });
  }

  #nextFault(operation: string): Fault['does'] | null {
    const fault = this.faults.find((one) => (one.times ?? 1) > 0 && (!one.operation || one.operation === operation));
    if (!fault) return null;
    fault.times = (fault.times ?? 1) - 1;
    return fault.does;
  }

  #cut({ id }: Operation): never {
    this.answered.push(`${id} cut`);
    throw new TypeError('fetch failed', { cause: new Error('read ECONNRESET') });
  }

  /** The caller's own signal: one that follows it may be collected as garbage before it fires. */
  #silence({ id }: Operation, signal?: AbortSignal | null): Promise<Response> {
    this.answered.push(`${id} silent`);
    return new Promise((_resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  }
}

function respond(status: number, content: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const body = content === undefined ? null : JSON.stringify(content);
  return new Response(body, { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } });
}

/** Half of the body, and the connection is closed as if that were all. */
async function cutOff(response: Response): Promise<Response> {
  const text = await response.text();
  return new Response(text.slice(0, text.length / 2), { status: response.status, headers: response.headers });
}
