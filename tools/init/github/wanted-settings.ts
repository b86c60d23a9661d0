import type { Workspace } from '@signalbox/contracts';
import type { App } from './app.js';
import type { EnvironmentSettings, Rule, Ruleset, Setting } from './settings.js';

/** The environment that holds the App's key. */
export const SPEAKING_ENVIRONMENT = 'signalbox';
export const RULESET_NAME = 'signalbox';
const MAIN = 'main';

const PROTECTED: EnvironmentSettings = { branches: [MAIN] };

/** The App that speaks, and the name of the check that only it writes. */
export interface Speaker {
  readonly app: App;
  readonly check: string;
}

/** Who stands for a repository. */
export interface Guardians {
  readonly speaker: Speaker | null;
  /** Whether somebody was named who answers for policies, keys and workflows. */
  readonly hasOwner: boolean;
}

/** What a repository is made of, by its documents and by what GitHub says of it. */
export interface Subject {
  readonly workspace: Workspace;
  /** Null where nobody could ask. */
  readonly isPublic: boolean | null;
}

/** Every setting that a repository needs, in the order in which it is made: secrets are protected before anything asks for them. Pure. */
export function wantedSettings({ isPublic, workspace }: Subject, guardians: Guardians): readonly Setting[] {
  const { speaker } = guardians;
  const environments = [...workspace.environments.keys()].sort();
  return [
    {
      kind: 'merge-methods',
      wanted: { allow_merge_commit: true, allow_squash_merge: false, allow_rebase_merge: false },
      reason: 'a merge commit is what a rollback reverts; squashed or rebased, a release has no commit of its own',
    },
    {
      kind: 'workflow-permissions',
      wanted: { default_workflow_permissions: 'read', can_approve_pull_request_reviews: false },
      reason: 'a workflow of any branch gets this token: it shall neither write nor approve',
    },
    ...(isPublic === false ? [] : [FORK_APPROVAL]),
    ...[SPEAKING_ENVIRONMENT, ...environments].map((name): Setting => environmentSetting(name)),
    {
      kind: 'variable',
      name: 'SIGNALBOX_ENVIRONMENTS',
      wanted: JSON.stringify(environments),
      reason: 'which environments release.yml releases to; without it the workflows rest',
    },
    ...(speaker === null ? [] : [appVariable(speaker.app)]),
    { kind: 'ruleset', wanted: mainRuleset(strictestApprovals(workspace), guardians), reason: RULESET_REASON },
  ];
}

const FORK_APPROVAL: Setting = {
  kind: 'fork-approval',
  wanted: { approval_policy: 'all_external_contributors' },
  reason:
    'in a public repository anybody has a fork, and its workflows may name machines of yours: no run of an outsider starts unread',
};

function environmentSetting(name: string): Setting {
  const what = name === SPEAKING_ENVIRONMENT ? "the App's key" : `the keys of ${name}`;
  return {
    kind: 'environment',
    name,
    wanted: PROTECTED,
    reason: `only runs of ${MAIN} get ${what}; it asks no reviewer and has no timer of ours, since people agree on the pull request and a rollback must not wait`,
  };
}

function appVariable({ id, slug }: App): Setting {
  return {
    kind: 'variable',
    name: 'SIGNALBOX_APP_ID',
    wanted: String(id),
    reason: `jobs sign in as ${slug}, and believe no check but its own`,
  };
}

const RULESET_REASON =
  `nobody slips a model past review: changes of ${MAIN} come by pull requests that the strictest tier's number of people approved after the last push, the code owners among them where anybody or an owner by name is asked, ` +
  'with the check that only the App can write, and history is never rewritten. The App may merge without, because it counts by the policy of each model';

/** How many people the strictest tier of the repository's models asks: GitHub cannot count by model. Pure. */
export function strictestApprovals({ models, policies }: Workspace): number {
  const tiers = new Set<string>([...models.values()].map(({ riskTier }) => riskTier));
  const asked = [...policies.values()].flatMap((policy) =>
    Object.entries(policy.tiers).flatMap(([tier, rules]) => (tiers.has(tier) ? [rules.approvals] : [])),
  );
  return Math.max(0, ...asked);
}

export function mainRuleset(approvals: number, { hasOwner, speaker }: Guardians): Ruleset {
  const reviews = {
    required_approving_review_count: approvals,
    dismiss_stale_reviews_on_push: true,
    // Whoever works alone can approve nothing of their own; an owner who was named is somebody else, or a choice.
    require_code_owner_review: approvals > 0 || hasOwner,
    require_last_push_approval: approvals > 0,
    required_review_thread_resolution: false,
    allowed_merge_methods: ['merge'],
  };
  return {
    name: RULESET_NAME,
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    bypass_actors:
      speaker === null ? [] : [{ actor_id: speaker.app.id, actor_type: 'Integration', bypass_mode: 'pull_request' }],
    rules: [
      { type: 'deletion' },
      { type: 'non_fast_forward' },
      { type: 'pull_request', parameters: reviews },
      // Without the App nobody could write it, and a required check that never comes shuts the branch.
      ...(speaker === null ? [] : [requiredCheck(speaker)]),
    ],
  };
}

/** A pull request need not be level with the newest main: a revert must not wait for another run. */
function requiredCheck({ app, check }: Speaker): Rule {
  const required = [{ context: check, integration_id: app.id }];
  const parameters = { strict_required_status_checks_policy: false, required_status_checks: required };
  return { type: 'required_status_checks', parameters };
}
