import type { createAppAuth } from '@octokit/auth-app';
import type { RepositoryName } from './address.js';
import type { Octokit } from './client.js';
import { asForgeError } from './errors.js';

type AppAuth = ReturnType<typeof createAppAuth>;

/** What Octokit wants of a way to sign in: a token for others, and a hand on each of its own requests. */
interface SignIn {
  (): Promise<unknown>;
  readonly hook: AppAuth['hook'];
}

export interface AppSignIn {
  readonly appId: number;
  readonly privateKey: string;
  readonly name: RepositoryName;
  /** A client that signs as the App itself; only such a one may ask where the App is installed. */
  readonly asApp: Octokit;
  readonly createAppAuth: typeof createAppAuth;
}

/**
 * Octokit's way for an App to sign in, for one whose installation is looked up by the repository, at the first request: a forge can be opened, and
 * its mirror read, while GitHub cannot be reached. A lookup that failed is made again.
 */
export function appSignIn({ appId, asApp, createAppAuth, name, privateKey }: AppSignIn): SignIn {
  let installed: Promise<AppAuth> | null = null;
  const find = async (): Promise<AppAuth> => {
    try {
      const { data } = await asApp.rest.apps.getRepoInstallation({ ...name });
      return createAppAuth({ appId, privateKey, installationId: data.id, request: asApp.request });
    } catch (error) {
      installed = null;
      throw asForgeError(error, `find the installation of the App ${appId} on ${name.owner}/${name.repo}`);
    }
  };
  const found = (): Promise<AppAuth> => {
    installed ??= find();
    return installed;
  };
  const token = async () => (await found())({ type: 'installation' });
  const hook: AppAuth['hook'] = async (request, route, parameters) => (await found()).hook(request, route, parameters);
  return Object.assign(token, { hook });
}
