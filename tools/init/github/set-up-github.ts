import { SignalboxError, type Workspace } from '@signalbox/contracts';
import { type GithubClient, GitRepository, githubClient, parseRemote, readServer } from '../../forge/index.js';
import { type App, appProblems, type Registration, registrationAddresses } from './app.js';
import { applySettings } from './apply-settings.js';
import { callerWorkflows } from './callers.js';
import { codeOwners, ownersFor } from './code-owners.js';
import { planSettings, type SettingStep } from './plan-settings.js';
import { installedProgram, parseProgram } from './program.js';
import { type RepositoryKind, readOwnerProblems, readRepositoryKind } from './read-repository.js';
import { readSettings } from './read-settings.js';
import type { Ruleset, Setting } from './settings.js';
import { unprotected } from './unprotected.js';
import { wantedSettings } from './wanted-settings.js';
import { type WrittenFile, writeFiles } from './write-files.js';

export interface GithubSetup {
  /** The work tree, and what its documents say. */
  readonly folder: string;
  readonly workspace: Workspace;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `owner/name`; by default what `origin` names. */
  readonly repository?: string;
  /** Who answers for policies, keys and workflows, and must review them; by default the person whose repository it is, who must where any approval is asked. */
  readonly owner?: string;
  /** The slug of the repository's own GitHub App. */
  readonly app?: string;
  /** Signalbox at a commit; by default this installation. */
  readonly program?: string;
  /** The check that only the App may write. */
  readonly check: string;
  readonly apply: boolean;
  readonly fetch?: typeof globalThis.fetch;
}

export interface GithubSetupResult {
  readonly repository: string;
  readonly files: readonly WrittenFile[];
  /** Null where no token is there to compare with: then `wanted` is all that can be said. */
  readonly plan: readonly SettingStep[] | null;
  readonly wanted: readonly Setting[];
  readonly applied: boolean;
  /** What stays open with these settings. */
  readonly unprotected: readonly string[];
  /** What GitHub says against CODEOWNERS as the main branch has it. */
  readonly ownerProblems: readonly string[];
  readonly app: App | null;
  /** In what the App may do more or less than it should. */
  readonly appProblems: readonly string[];
  /** Where a person registers the App. */
  readonly registration: Registration;
}

/**
 * Writes the workflows and CODEOWNERS, and compares the settings of the repository with what they rely on; with `apply` it makes them so, and looks again.
 * Idempotent. Errors: `input/bad-argument`, `input/unknown-reference` for an App that does not exist, `forge/rejected` for a setting that GitHub did not keep, and
 * those of the client.
 */
export async function setUpGithub(setup: GithubSetup): Promise<GithubSetupResult> {
  const { apply, check, env, folder, workspace } = setup;
  const name = await repositoryName(setup);
  const client =
    hasToken(env) || apply ? await githubClient(env, name, { ...(setup.fetch && { fetch: setup.fetch }) }) : null;
  const kind = client && (await readRepositoryKind(client));
  const isOrganisation = kind?.isOrganisation ?? null;
  const files = await filesOf(setup, ownersFor(setup.owner, { login: name.owner, isOrganisation }));
  const ownerProblems = client === null ? [] : await readOwnerProblems(client);
  const app = client === null ? null : await readApp(client, setup.app);
  const subject = { workspace, isPublic: kind?.isPublic ?? null };
  // An organisation has to name somebody, so that says nothing of whether everybody shall ask them.
  const hasOwner = setup.owner !== undefined && isOrganisation !== true;
  const wanted = wantedSettings(subject, { speaker: app && { app, check }, hasOwner });
  const written = await writeFiles(folder, files);
  const compared = await compare(client, wanted, apply);
  return {
    repository: `${name.owner}/${name.repo}`,
    files: written,
    ...compared,
    wanted,
    unprotected: stillOpen(setup, kind, compared.plan?.map(({ setting }) => setting) ?? wanted),
    ownerProblems,
    app,
    appProblems: app === null ? [] : appProblems(app),
    registration: registrationAddresses(readServer(env).web, name, isOrganisation),
  };
}

function stillOpen(
  { owner, workspace }: GithubSetup,
  kind: RepositoryKind | null,
  settings: readonly Setting[],
): readonly string[] {
  const programs = [...workspace.metrics].filter(([, metric]) => metric.kind === 'command').map(([name]) => name);
  const told = unprotected(rulesetOf(settings), { kind, programs: programs.sort() });
  return kind === null && owner === undefined ? [...told, UNKNOWN_OWNER] : told;
}

const UNKNOWN_OWNER =
  'what CODEOWNERS covers, if the repository belongs to an organisation: GitHub takes people and teams there. Then name a team: --owner @organisation/team';

const rulesetOf = (settings: readonly Setting[]): Ruleset =>
  settings.flatMap((setting) => (setting.kind === 'ruleset' ? [setting.wanted] : []))[0]!;

async function compare(
  client: GithubClient | null,
  wanted: readonly Setting[],
  apply: boolean,
): Promise<Pick<GithubSetupResult, 'plan' | 'applied'>> {
  if (client === null) return { plan: null, applied: false };
  const present = await readSettings(client, wanted);
  const plan = planSettings(wanted, present);
  if (!apply) return { plan, applied: false };
  await applySettings(client, plan, present);
  const left = planSettings(wanted, await readSettings(client, wanted)).flatMap(({ changes }) => changes);
  if (left.length === 0) return { plan, applied: true };
  throw new SignalboxError('forge/rejected', `GitHub took the settings, and does not show them: ${left.join('; ')}`, {
    hint: 'An organisation may forbid some of them, or the plan of the account does not have them; its settings page says which.',
  });
}

async function repositoryName({ env, folder, repository }: GithubSetup) {
  const server = readServer(env);
  const remote =
    repository === undefined
      ? ((await (await GitRepository.open(folder)).remoteUrl()) ?? '')
      : new URL(`/${repository}`, server.web).href;
  const name = parseRemote(remote, server);
  if (name !== null) return name;
  throw new SignalboxError(
    'input/bad-argument',
    `"${repository ?? remote}" names no repository on ${server.web.host}`,
    {
      hint: 'Say which: --github owner/name. Or clone it from there, so that `origin` names it.',
    },
  );
}

async function filesOf({ env, program }: GithubSetup, owners: string) {
  const server = readServer(env);
  const repositoryOf = (remote: string) => {
    const name = parseRemote(remote, server);
    return name && `${name.owner}/${name.repo}`;
  };
  const used = program === undefined ? await installedProgram(repositoryOf) : parseProgram(program);
  return new Map([...callerWorkflows(used), ['.github/CODEOWNERS', codeOwners(owners)]]);
}

const hasToken = (env: GithubSetup['env']): boolean =>
  Boolean(env.SIGNALBOX_GITHUB_TOKEN || env.GITHUB_TOKEN || env.SIGNALBOX_APP_KEY);

async function readApp(client: GithubClient, slug: string | undefined): Promise<App | null> {
  if (slug === undefined) return null;
  const { data } = await client.call(`look the App ${slug} up`, (octokit) =>
    octokit.rest.apps.getBySlug({ app_slug: slug }),
  );
  if (data === null) throw new SignalboxError('input/unknown-reference', `GitHub knows no App "${slug}"`);
  return { id: data.id, slug: data.slug ?? slug, permissions: data.permissions };
}
