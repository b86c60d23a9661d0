import { createPublicKey, verify } from 'node:crypto';
import { type Answer, notFound, type Route, refuse } from './answers.js';
import type { Account, App, ServerState } from './state.js';

/** Who signed a request: the account of a token, or the App of a signed JWT. Null for neither. */
export function actorOf(state: ServerState, authorization: string | null): Account | null {
  const [, kind = '', credential = ''] = /^(token|bearer) (.+)$/i.exec(authorization ?? '') ?? [];
  if (kind === '') return null;
  const known = state.accounts.get(credential);
  if (known) return known;
  const app = state.apps.find((one) => isSignedBy(one, credential));
  return app ? { login: `${app.slug}[bot]`, type: 'Bot', appId: app.id } : null;
}

function isSignedBy({ id, publicKey }: App, jwt: string): boolean {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  if (signature === '') return false;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss?: unknown };
  const signed = Buffer.from(`${header}.${payload}`);
  const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
  return String(claims.iss) === String(id) && verify('sha256', signed, key, Buffer.from(signature, 'base64url'));
}

const appOf = (state: ServerState, { appId }: Account) => state.apps.find(({ id }) => id === appId);

const installation: Route = ({ actor, state }) => {
  const app = appOf(state, actor);
  if (!app?.installationId) return notFound();
  return { status: 200, fields: { id: app.installationId, app_id: app.id, app_slug: app.slug } };
};

const accessToken: Route = ({ actor, path, state }): Answer => {
  const app = appOf(state, actor);
  if (app?.installationId !== Number(path.installation_id)) return notFound();
  const token = `ghs_${state.nextId()}`;
  state.accounts.set(token, actor);
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  return {
    status: 201,
    fields: { token, expires_at: expires, permissions: { contents: 'write' }, repository_selection: 'all' },
  };
};

const authenticatedApp: Route = ({ actor, state }) => {
  const app = appOf(state, actor);
  return app ? { status: 200, fields: { id: app.id, slug: app.slug } } : notFound();
};

const appBySlug: Route = ({ path, state }) => {
  const app = state.apps.find(({ slug }) => slug === path.app_slug);
  return app ? { status: 200, fields: { id: app.id, slug: app.slug } } : notFound();
};

const authenticatedUser: Route = ({ actor }) =>
  actor.type === 'Bot'
    ? refuse(403, 'Resource not accessible by integration')
    : { status: 200, fields: { login: actor.login, type: actor.type } };

/** GitHub answers for anybody that it knows: who is no collaborator has the right to read a public repository. */
const permission: Route = ({ path, state }) => {
  const right = state.repository.permissions.get(path.username!) ?? 'read';
  return { status: 200, fields: { permission: right, role_name: right, user: null } };
};

const user: Route = ({ path, state }) => {
  const known = [...state.accounts.values()].find(({ login }) => login === path.username);
  return known ? { status: 200, fields: { login: known.login, id: idOf(known.login), type: known.type } } : notFound();
};

const team: Route = ({ path }) => ({
  status: 200,
  fields: { slug: path.team_slug, id: idOf(`${path.org}/${path.team_slug}`) },
});

/** Always the same for a name, and another for another. */
export function idOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
}

export const accountRoutes: Readonly<Record<string, Route>> = {
  'apps/create-installation-access-token': accessToken,
  'apps/get-authenticated': authenticatedApp,
  'apps/get-by-slug': appBySlug,
  'apps/get-repo-installation': installation,
  'repos/get-collaborator-permission-level': permission,
  'teams/get-by-name': team,
  'users/get-authenticated': authenticatedUser,
  'users/get-by-username': user,
};
