import { SignalboxError } from '@signalbox/contracts';
import type { GithubClient, Octokit } from '../../forge/index.js';
import {
  type BypassActor,
  FORK_APPROVAL_ROUTE,
  type ForkApproval,
  type MergeMethods,
  type PresentEnvironment,
  type PresentSettings,
  type Rule,
  type Ruleset,
  type Setting,
} from './settings.js';

type Name = Pick<GithubClient, 'owner' | 'repo'>;

/** What a repository has now, of what is wanted. Errors: those of the client, `forge/unauthorized` for a token that may not see settings. */
export async function readSettings(client: GithubClient, wanted: readonly Setting[]): Promise<PresentSettings> {
  const { owner, repo } = client;
  return client.call(`read the settings of ${owner}/${repo}`, async (octokit) => {
    const name = { owner, repo };
    const { data: workflowPermissions } =
      await octokit.rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(name);
    return {
      mergeMethods: await readMergeMethods(octokit, name),
      workflowPermissions,
      forkApproval: await readForkApproval(octokit, name, wanted),
      environments: await readEnvironments(octokit, name, environmentNames(wanted)),
      variables: await readVariables(octokit, name),
      ruleset: await readRuleset(octokit, name, wanted),
    };
  });
}

async function readForkApproval(
  octokit: Octokit,
  name: Name,
  wanted: readonly Setting[],
): Promise<ForkApproval | null> {
  if (!wanted.some(({ kind }) => kind === 'fork-approval')) return null;
  return (await octokit.request(`GET ${FORK_APPROVAL_ROUTE}`, name)).data as ForkApproval;
}

const environmentNames = (wanted: readonly Setting[]): readonly string[] =>
  wanted.flatMap((setting) => (setting.kind === 'environment' ? [setting.name] : []));

async function readMergeMethods(octokit: Octokit, name: Name): Promise<MergeMethods> {
  const { allow_merge_commit, allow_rebase_merge, allow_squash_merge } = (await octokit.rest.repos.get(name)).data;
  if (allow_merge_commit === undefined || allow_rebase_merge === undefined || allow_squash_merge === undefined) {
    throw new SignalboxError(
      'forge/unauthorized',
      `this token does not see the settings of ${name.owner}/${name.repo}`,
      {
        hint: 'Use a token of an administrator of the repository, with the right to its administration.',
      },
    );
  }
  return { allow_merge_commit, allow_rebase_merge, allow_squash_merge };
}

async function readEnvironments(
  octokit: Octokit,
  name: Name,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, PresentEnvironment>> {
  const found = new Map<string, PresentEnvironment>();
  for (const environment of wanted) {
    const place = { ...name, environment_name: environment };
    const answer = await octokit.rest.repos.getEnvironment(place).catch(nothingWhere404);
    if (answer === null) continue;
    const { deployment_branch_policy: policy, protection_rules: rules = [] } = answer.data;
    found.set(environment, {
      branches: policy ? await readBranches(octokit, place) : null,
      reviewers: rules.flatMap((rule) => ('reviewers' in rule ? (rule.reviewers ?? []) : [])).flatMap(reviewerOf),
      preventsSelfReview: rules.some((rule) => 'prevent_self_review' in rule && rule.prevent_self_review === true),
      waitMinutes: Math.max(0, ...rules.map((rule) => ('wait_timer' in rule ? (rule.wait_timer ?? 0) : 0))),
    });
  }
  return found;
}

/** Null for what is not there. */
export function nothingWhere404(error: unknown): null {
  if ((error as { readonly status?: number }).status === 404) return null;
  throw error;
}

/** None where GitHub allows whatever branch is protected instead: which those are is then another setting's matter. */
async function readBranches(
  octokit: Octokit,
  environment: Name & { readonly environment_name: string },
): Promise<readonly string[]> {
  const asked = { ...environment, per_page: 100 };
  const policies = await octokit.paginate(octokit.rest.repos.listDeploymentBranchPolicies, asked);
  return policies.flatMap(({ name }) => name ?? []).sort();
}

function reviewerOf(one: {
  readonly type?: 'User' | 'Team';
  readonly reviewer?: { readonly id?: number };
}): PresentEnvironment['reviewers'] {
  const id = one.reviewer?.id;
  return one.type === undefined || id === undefined ? [] : [{ type: one.type, id }];
}

async function readVariables(octokit: Octokit, name: Name): Promise<ReadonlyMap<string, string>> {
  const all = await octokit.paginate(octokit.rest.actions.listRepoVariables, { ...name, per_page: 30 });
  return new Map(all.map((variable) => [variable.name, variable.value]));
}

async function readRuleset(
  octokit: Octokit,
  name: Name,
  wanted: readonly Setting[],
): Promise<PresentSettings['ruleset']> {
  const asked = wanted.find((setting) => setting.kind === 'ruleset')?.wanted.name;
  const all = await octokit.paginate(octokit.rest.repos.getRepoRulesets, {
    ...name,
    includes_parents: false,
    per_page: 100,
  });
  const found = all.find((ruleset) => ruleset.name === asked);
  if (found === undefined) return null;
  // The list leaves rules and ways around them out.
  const { data } = await octokit.rest.repos.getRepoRuleset({ ...name, ruleset_id: found.id });
  const names = (data.conditions as { readonly ref_name?: Partial<Ruleset['conditions']['ref_name']> } | null)
    ?.ref_name;
  const value: Ruleset = {
    name: data.name,
    target: 'branch',
    enforcement: data.enforcement as Ruleset['enforcement'],
    conditions: { ref_name: { include: names?.include ?? [], exclude: names?.exclude ?? [] } },
    bypass_actors: (data.bypass_actors ?? []).map(actorOf),
    rules: (data.rules ?? []) as readonly Rule[],
  };
  return { id: found.id, value };
}

function actorOf(actor: {
  readonly actor_id?: number | null;
  readonly actor_type: string;
  readonly bypass_mode?: string;
}): BypassActor {
  return { actor_id: actor.actor_id ?? null, actor_type: actor.actor_type, bypass_mode: actor.bypass_mode ?? 'always' };
}
