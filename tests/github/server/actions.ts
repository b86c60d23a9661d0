import { notFound, page, type Route, refuse } from './answers.js';
import type { ServerState } from './state.js';

interface Kept {
  forkApproval: Readonly<Record<string, unknown>>;
  workflowPermissions: Readonly<Record<string, unknown>>;
  readonly variables: Map<string, Readonly<Record<string, unknown>>>;
}

/** What a repository keeps for GitHub Actions; a new one lets workflows write. */
const kept = new WeakMap<ServerState, Kept>();

function keptOf(state: ServerState): Kept {
  const found = kept.get(state) ?? {
    forkApproval: { approval_policy: 'first_time_contributors' },
    workflowPermissions: { default_workflow_permissions: 'write', can_approve_pull_request_reviews: true },
    variables: new Map(),
  };
  kept.set(state, found);
  return found;
}

const workflowPermissions: Route = ({ state }) => ({ status: 200, fields: keptOf(state).workflowPermissions });

const setWorkflowPermissions: Route = ({ body, state }) => {
  const one = keptOf(state);
  one.workflowPermissions = { ...one.workflowPermissions, ...body };
  return { status: 204 };
};

const forkApproval: Route = ({ state }) => ({ status: 200, fields: keptOf(state).forkApproval });

const setForkApproval: Route = ({ body, state }) => {
  keptOf(state).forkApproval = body;
  return { status: 204 };
};

const variables: Route = (call) => {
  const all = [...keptOf(call.state).variables.values()];
  return page(call, all, (some) => ({ total_count: all.length, variables: some }));
};

const createVariable: Route = ({ body, state }) => {
  const { variables: known } = keptOf(state);
  if (known.has(String(body.name))) return refuse(409, 'Variable already exists');
  known.set(String(body.name), { ...body, created_at: state.tick(), updated_at: state.tick() });
  return { status: 201, fields: {} };
};

const updateVariable: Route = ({ body, path, state }) => {
  const { variables: known } = keptOf(state);
  const found = known.get(path.name!);
  if (!found) return notFound();
  known.set(path.name!, { ...found, ...body, updated_at: state.tick() });
  return { status: 204 };
};

export const actionsRoutes: Readonly<Record<string, Route>> = {
  'actions/create-repo-variable': createVariable,
  'actions/get-fork-pr-contributor-approval-permissions-repository': forkApproval,
  'actions/get-github-actions-default-workflow-permissions-repository': workflowPermissions,
  'actions/list-repo-variables': variables,
  'actions/set-fork-pr-contributor-approval-permissions-repository': setForkApproval,
  'actions/set-github-actions-default-workflow-permissions-repository': setWorkflowPermissions,
  'actions/update-repo-variable': updateVariable,
};
