import type { GithubClient, Octokit } from '../../forge/index.js';
import type { SettingStep } from './plan-settings.js';
import {
  type EnvironmentSettings,
  FORK_APPROVAL_ROUTE,
  type PresentEnvironment,
  type PresentSettings,
  type Ruleset,
} from './settings.js';

interface Target {
  readonly octokit: Octokit;
  readonly name: Pick<GithubClient, 'owner' | 'repo'>;
  readonly present: PresentSettings;
}

/**
 * Makes each setting that still differs. Cut off anywhere and run again, the next plan has only what is left.
 * Errors: those of the client; settings before the one that failed stand.
 */
export async function applySettings(
  client: GithubClient,
  steps: readonly SettingStep[],
  present: PresentSettings,
): Promise<void> {
  const { owner, repo } = client;
  for (const step of steps.filter(({ changes }) => changes.length > 0)) {
    await client.call(`set ${titleOf(step)} of ${owner}/${repo}`, (octokit) =>
      applyStep(step, { octokit, name: { owner, repo }, present }),
    );
  }
}

/** How people call a setting. */
export function titleOf({ setting }: SettingStep): string {
  switch (setting.kind) {
    case 'environment':
      return `environment ${setting.name}`;
    case 'variable':
      return `variable ${setting.name}`;
    case 'ruleset':
      return `ruleset ${setting.wanted.name}`;
    case 'merge-methods':
      return 'merge methods';
    case 'workflow-permissions':
      return 'default rights of workflows';
    case 'fork-approval':
      return 'runs of forks';
    default:
      return setting satisfies never;
  }
}

async function applyStep({ setting }: SettingStep, target: Target): Promise<unknown> {
  const { name, octokit, present } = target;
  switch (setting.kind) {
    case 'merge-methods':
      return octokit.rest.repos.update({ ...name, ...setting.wanted });
    case 'workflow-permissions':
      return octokit.rest.actions.setGithubActionsDefaultWorkflowPermissionsRepository({ ...name, ...setting.wanted });
    case 'fork-approval':
      return octokit.request(`PUT ${FORK_APPROVAL_ROUTE}`, { ...name, ...setting.wanted });
    case 'environment':
      return applyEnvironment(setting.name, setting.wanted, target);
    case 'variable': {
      const variable = { ...name, name: setting.name, value: setting.wanted };
      return present.variables.has(setting.name)
        ? octokit.rest.actions.updateRepoVariable(variable)
        : octokit.rest.actions.createRepoVariable(variable);
    }
    case 'ruleset':
      return applyRuleset(setting.wanted, target);
    default:
      return setting satisfies never;
  }
}

/** The branches come after the environment, which so long lets none in: a secret is never open to all of them. */
async function applyEnvironment(
  environment: string,
  wanted: EnvironmentSettings,
  { name, octokit, present }: Target,
): Promise<void> {
  const place = { ...name, environment_name: environment };
  await octokit.rest.repos.createOrUpdateEnvironment({
    ...place,
    ...keptOf(present.environments.get(environment)),
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  const asked = { ...place, per_page: 100 };
  const policies = await octokit.paginate(octokit.rest.repos.listDeploymentBranchPolicies, asked);
  for (const branch of wanted.branches ?? []) {
    if (policies.some((policy) => policy.name === branch)) continue;
    await octokit.rest.repos.createDeploymentBranchPolicy({ ...place, name: branch });
  }
  for (const { id, name: branch } of policies) {
    if (wanted.branches?.includes(branch ?? '') || id === undefined) continue;
    await octokit.rest.repos.deleteDeploymentBranchPolicy({ ...place, branch_policy_id: id });
  }
}

/** GitHub forgets what it is not told again. */
function keptOf(now: PresentEnvironment | undefined) {
  return {
    wait_timer: now?.waitMinutes ?? 0,
    reviewers: now?.reviewers.length ? [...now.reviewers] : null,
    ...(now?.preventsSelfReview && { prevent_self_review: true }),
  };
}

type NewRuleset = NonNullable<Parameters<Octokit['rest']['repos']['createRepoRuleset']>[0]>;

function applyRuleset(wanted: Ruleset, { name, octokit, present }: Target): Promise<unknown> {
  // Rules of others are passed on as they were read, whatever kinds GitHub will have.
  const body = { ...name, ...wanted } as unknown as NewRuleset;
  return present.ruleset === null
    ? octokit.rest.repos.createRepoRuleset(body)
    : octokit.rest.repos.updateRepoRuleset({ ...body, ruleset_id: present.ruleset.id });
}
