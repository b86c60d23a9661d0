import type { Octokit as OctokitClass } from '@octokit/rest';
import { digestJson, type SignalboxError } from '@signalbox/contracts';
import { type RepositoryName, readServer } from './address.js';
import { appSignIn } from './app-sign-in.js';
import { type Credentials, type Env, readCredentials } from './credentials.js';
import { asForgeError } from './errors.js';
import { type FetchLimits, guardedFetch } from './guarded-fetch.js';

export type Octokit = OctokitClass;

/** A longer wait than this is for the next run: who waits for a command has left by then, and a daemon comes back anyway. */
const LONGEST_WAIT_S = 120;
const RATE_LIMIT_RETRIES = 2;
/** The reset of a count of requests is no error of a server, and a conflict does not go away by asking again. */
const NEVER_RETRIED = [400, 401, 403, 404, 405, 406, 409, 410, 415, 422, 429, 451];
const API_VERSION = '2022-11-28';
/** What GitHub calls the App behind the token of a workflow. */
const WORKFLOW_BOT = 'github-actions[bot]';

export interface ClientOptions extends FetchLimits {
  readonly fetch?: typeof globalThis.fetch;
}

/** GitHub's REST interface for one repository: throttled, tried again where that is right, and each failure one of our errors. */
export interface GithubClient extends RepositoryName {
  readonly octokit: Octokit;
  /** Checks of any other App are none of ours; null where nobody said which it is. */
  readonly expectedAppId: number | null;
  /** Runs a call. `doing` completes "cannot …" in the error's message. */
  call<T>(doing: string, run: (octokit: Octokit) => Promise<T>): Promise<T>;
  /** The account that comments and reviews of this client carry. */
  login(): Promise<string>;
  /** A token for Git over https: an App's is good for an hour, so ask again for each use. */
  token(): Promise<string>;
}

/**
 * Signs in as the environment says (docs/github.md). Errors: as `readCredentials` and `readServer`. GitHub is first asked by the first call: only
 * then it is known whether the token is any good and the App installed.
 */
export async function githubClient(
  env: Env,
  { owner, repo }: RepositoryName,
  { fetch = globalThis.fetch, ...limits }: ClientOptions = {},
): Promise<GithubClient> {
  const credentials = readCredentials(env);
  const baseUrl = readServer(env).api.href.replace(/\/$/, '');
  const account = digestJson({ baseUrl, ...credentials.signIn });
  const octokit = await signIn(credentials, { account, baseUrl, fetch: guardedFetch(fetch, limits) }, { owner, repo });
  let login: Promise<string> | null = null;
  return {
    owner,
    repo,
    octokit,
    expectedAppId: credentials.expectedAppId,
    call: (doing, run) => run(octokit).catch((error: unknown) => Promise.reject(asForgeError(error, doing))),
    login() {
      login ??= readLogin(octokit, credentials);
      login.catch(() => {
        login = null;
      });
      return login;
    },
    async token() {
      if (credentials.signIn.kind === 'token') return credentials.signIn.token;
      try {
        return ((await octokit.auth()) as { readonly token: string }).token;
      } catch (error) {
        throw asForgeError(error, `sign in to ${owner}/${repo}`);
      }
    },
  };
}

interface Connection {
  /** Clients of one account at one server share its pauses: GitHub counts them together. */
  readonly account: string;
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
}

async function signIn({ signIn }: Credentials, connection: Connection, name: RepositoryName): Promise<Octokit> {
  const make = await octokitFactory(connection);
  if (signIn.kind === 'token') return make({ auth: signIn.token });
  const { createAppAuth } = await import('@octokit/auth-app');
  const { appId, privateKey } = signIn;
  const asApp = make({ authStrategy: createAppAuth, auth: { appId, privateKey } });
  return make({ authStrategy: () => appSignIn({ appId, privateKey, name, asApp, createAppAuth }) });
}

/** Loaded when it is needed: most verbs never speak to GitHub. */
async function octokitFactory({ account, baseUrl, fetch }: Connection): Promise<(options: object) => Octokit> {
  const [{ Octokit }, { retry }, { throttling }] = await Promise.all([
    import('@octokit/rest'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  // biome-ignore lint/complexity/useMaxParams: the signature is the plug-in's
  const mayWait = (afterS: number, _options: object, _octokit: unknown, retryCount: number) =>
    afterS <= LONGEST_WAIT_S && retryCount < RATE_LIMIT_RETRIES;
  const Client = Octokit.plugin(throttling, retry);
  return (options) => {
    const octokit = new Client({
      ...options,
      baseUrl,
      userAgent: 'signalbox',
      log: silent,
      request: { fetch },
      retry: { doNotRetry: NEVER_RETRIED },
      throttle: { id: account, onRateLimit: mayWait, onSecondaryRateLimit: mayWait },
    });
    octokit.hook.before('request', ({ headers }) => {
      headers['x-github-api-version'] ??= API_VERSION;
    });
    return octokit as unknown as Octokit;
  };
}

async function readLogin(octokit: Octokit, { signIn }: Credentials): Promise<string> {
  try {
    if (signIn.kind === 'app') return `${(await octokit.rest.apps.getAuthenticated()).data!.slug}[bot]`;
    return (await octokit.rest.users.getAuthenticated()).data.login;
  } catch (error) {
    const failure = asForgeError(error, 'ask GitHub whose token this is');
    if (signIn.kind === 'token' && isOfWorkflow(failure)) return WORKFLOW_BOT;
    throw failure;
  }
}

/** The token of a workflow belongs to no account, and says so in these words. */
function isOfWorkflow(failure: SignalboxError): boolean {
  return failure.code === 'forge/unauthorized' && failure.message.includes('not accessible by integration');
}
