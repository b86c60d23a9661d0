import { idOf } from './accounts.js';
import { notFound, page, type Route, refuse } from './answers.js';

const repository: Route = ({ state }) => {
  const { owner, repo, settings } = state.repository;
  const account = { login: owner, type: 'User' };
  return { status: 200, fields: { name: repo, full_name: `${owner}/${repo}`, owner: account, ...settings } };
};

const codeownersErrors: Route = ({ state }) => {
  const errors = state.repository.codeownersErrors;
  return errors === null ? { status: 404 } : { status: 200, fields: { errors } };
};

const updateRepository: Route = (call) => {
  Object.assign(call.state.repository.settings, call.body);
  return repository(call);
};

const rulesets: Route = (call) => page(call, call.state.repository.rulesets);

const ruleset: Route = ({ path, state }) => {
  const found = state.repository.rulesets.find(({ id }) => id === Number(path.ruleset_id));
  return found ? { status: 200, fields: found } : notFound();
};

const createRuleset: Route = ({ body, state }) => {
  const { owner, repo, rulesets } = state.repository;
  if (rulesets.some(({ name }) => name === body.name)) return refuse(422, 'Validation Failed', ['Name must be unique']);
  const made = { id: state.nextId(), source: `${owner}/${repo}`, source_type: 'Repository', ...body };
  rulesets.push(made);
  return { status: 201, fields: made };
};

const updateRuleset: Route = ({ body, path, state }) => {
  const found = state.repository.rulesets.find(({ id }) => id === Number(path.ruleset_id));
  return found ? { status: 200, fields: Object.assign(found, body) } : notFound();
};

interface EnvironmentBody {
  readonly wait_timer?: number;
  readonly prevent_self_review?: boolean;
  readonly reviewers?: readonly { readonly type: string; readonly id: number }[] | null;
  readonly deployment_branch_policy?: unknown;
}

/** GitHub takes settings flat and gives them back as rules. */
const putEnvironment: Route = ({ body, path, state }) => {
  const {
    deployment_branch_policy = null,
    prevent_self_review = false,
    reviewers,
    wait_timer,
  } = body as EnvironmentBody;
  const { accounts, repository } = state;
  const name = path.environment_name!;
  const loginOf = (id: number) => [...accounts.values()].find(({ login }) => idOf(login) === id)?.login ?? 'somebody';
  const rules: unknown[] = [];
  if (wait_timer) rules.push({ id: state.nextId(), node_id: 'x', type: 'wait_timer', wait_timer });
  if (reviewers?.length) {
    const named = reviewers.map(({ id, type }) => ({ type, reviewer: { id, login: loginOf(id), slug: loginOf(id) } }));
    rules.push({ id: state.nextId(), node_id: 'x', type: 'required_reviewers', prevent_self_review, reviewers: named });
  }
  if (deployment_branch_policy) rules.push({ id: state.nextId(), node_id: 'x', type: 'branch_policy' });
  const made = { id: idOf(name), name, deployment_branch_policy, protection_rules: rules };
  repository.environments.set(name, made);
  return { status: 200, fields: made };
};

const environment: Route = ({ path, state }) => {
  const found = state.repository.environments.get(path.environment_name!);
  return found ? { status: 200, fields: found } : notFound();
};

const environments: Route = (call) => {
  const all = [...call.state.repository.environments.values()];
  return page(call, all, (some) => ({ total_count: all.length, environments: some }));
};

const branchPolicies: Route = (call) => {
  const { environments: known, branchPolicies: policies } = call.state.repository;
  if (!known.has(call.path.environment_name!)) return notFound();
  const all = policies.get(call.path.environment_name!) ?? [];
  return page(call, all, (some) => ({ total_count: all.length, branch_policies: some }));
};

const createBranchPolicy: Route = ({ body, path, state }) => {
  const { branchPolicies: policies } = state.repository;
  const made = { id: state.nextId(), name: body.name, type: body.type ?? 'branch' };
  policies.set(path.environment_name!, [...(policies.get(path.environment_name!) ?? []), made]);
  return { status: 200, fields: made };
};

const deleteBranchPolicy: Route = ({ path, state }) => {
  const { branchPolicies: policies } = state.repository;
  const kept = (policies.get(path.environment_name!) ?? []).filter(({ id }) => id !== Number(path.branch_policy_id));
  policies.set(path.environment_name!, kept);
  return { status: 204 };
};

export const settingRoutes: Readonly<Record<string, Route>> = {
  'repos/codeowners-errors': codeownersErrors,
  'repos/create-deployment-branch-policy': createBranchPolicy,
  'repos/create-or-update-environment': putEnvironment,
  'repos/create-repo-ruleset': createRuleset,
  'repos/delete-deployment-branch-policy': deleteBranchPolicy,
  'repos/get': repository,
  'repos/get-all-environments': environments,
  'repos/get-environment': environment,
  'repos/get-repo-ruleset': ruleset,
  'repos/get-repo-rulesets': rulesets,
  'repos/list-deployment-branch-policies': branchPolicies,
  'repos/update': updateRepository,
  'repos/update-repo-ruleset': updateRuleset,
};
