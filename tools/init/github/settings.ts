/** Settings of a repository on GitHub, as far as Signalbox has an opinion of them. Names are GitHub's own. */
export interface MergeMethods {
  readonly allow_merge_commit: boolean;
  readonly allow_squash_merge: boolean;
  readonly allow_rebase_merge: boolean;
}

export interface WorkflowPermissions {
  readonly default_workflow_permissions: 'read' | 'write';
  readonly can_approve_pull_request_reviews: boolean;
}

/** Octokit's methods do not have this one yet. */
export const FORK_APPROVAL_ROUTE = '/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval';

/** Of whose pull requests from forks somebody must let a run start. */
export interface ForkApproval {
  readonly approval_policy:
    | 'first_time_contributors_new_to_github'
    | 'first_time_contributors'
    | 'all_external_contributors';
}

export interface EnvironmentSettings {
  /** The branches whose runs may use it; null for all. */
  readonly branches: readonly string[] | null;
}

/** What an environment has now: what somebody asks of each run besides stays as it is. */
export interface PresentEnvironment extends EnvironmentSettings {
  /** People or teams who must agree to each run. */
  readonly reviewers: readonly { readonly type: 'User' | 'Team'; readonly id: number }[];
  readonly preventsSelfReview: boolean;
  readonly waitMinutes: number;
}

export interface Rule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface BypassActor {
  readonly actor_id: number | null;
  readonly actor_type: string;
  readonly bypass_mode: string;
}

export interface Ruleset {
  readonly name: string;
  readonly target: 'branch';
  readonly enforcement: 'active' | 'evaluate' | 'disabled';
  readonly conditions: {
    readonly ref_name: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  };
  readonly bypass_actors: readonly BypassActor[];
  readonly rules: readonly Rule[];
}

/** One thing to set, with its reason: what `init --github` shows before it touches anything. */
export type Setting = { readonly reason: string } & (
  | { readonly kind: 'merge-methods'; readonly wanted: MergeMethods }
  | { readonly kind: 'workflow-permissions'; readonly wanted: WorkflowPermissions }
  | { readonly kind: 'fork-approval'; readonly wanted: ForkApproval }
  | { readonly kind: 'environment'; readonly name: string; readonly wanted: EnvironmentSettings }
  | { readonly kind: 'variable'; readonly name: string; readonly wanted: string }
  | { readonly kind: 'ruleset'; readonly wanted: Ruleset }
);

/** What a repository has now. Absent environments, variables and the ruleset are simply not in it. */
export interface PresentSettings {
  readonly mergeMethods: MergeMethods;
  readonly workflowPermissions: WorkflowPermissions;
  /** Null where it is not asked: only in public repositories anybody has a fork. */
  readonly forkApproval: ForkApproval | null;
  readonly environments: ReadonlyMap<string, PresentEnvironment>;
  readonly variables: ReadonlyMap<string, string>;
  readonly ruleset: { readonly id: number; readonly value: Ruleset } | null;
}
