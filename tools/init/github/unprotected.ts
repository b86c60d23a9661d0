import type { RepositoryKind } from './read-repository.js';
import type { Ruleset } from './settings.js';

/** What else matters to what is open. */
export interface Circumstances {
  /** Null where no token is there to ask. */
  readonly kind: RepositoryKind | null;
  /** Metrics whose values a program of the repository says. */
  readonly programs: readonly string[];
}

/**
 * What stays open with these settings, in sentences: what anybody who may push a branch can bring to the main branch without another person or the App, and what
 * GitHub has no setting against. Pure.
 */
export function unprotected({ bypass_actors, rules }: Ruleset, circumstances: Circumstances): readonly string[] {
  const parametersOf = (type: string) => rules.find((rule) => rule.type === type)?.parameters ?? {};
  const reviews = parametersOf('pull_request');
  const hasApp = bypass_actors.some(({ actor_type }) => actor_type === 'Integration');
  return [
    ...(reviews.require_code_owner_review === true ? [] : [WITHOUT_OWNERS]),
    ...(Number(reviews.required_approving_review_count) > 0 ? [] : [WITHOUT_APPROVALS]),
    ...(parametersOf('required_status_checks').required_status_checks === undefined ? [WITHOUT_CHECK] : []),
    ...(hasApp && reviews.require_last_push_approval === true ? [LAST_PUSH] : []),
    ...byWhoeverMayPush(circumstances),
  ];
}

/** What no ruleset can close, since a workflow of a branch is run as the branch has it. */
function byWhoeverMayPush({ kind, programs }: Circumstances): readonly string[] {
  return [
    machine(kind?.isPublic ?? null),
    CONCURRENCY,
    VARIABLES,
    ...(programs.length === 0 ? [] : [programsOfMetrics(programs)]),
    ...(kind?.isPublic === false ? [] : [schedule(kind?.isPublic ?? null)]),
  ];
}

const WITHOUT_OWNERS =
  'policies, strategies, metrics, keys, environments and workflows: CODEOWNERS names people for them, and nobody asks these. Name who answers for them: --owner @organisation/team';
const WITHOUT_APPROVALS =
  'everything that has no owner: no model is of a tier that asks for an approval, so whoever may push a branch merges it alone. Ask for approvals in releases/policies, or give models a stricter tier';
const WITHOUT_CHECK =
  'models: no check is required, so one merges that no judge has seen. Name the App that writes the check: --app <slug>';
const LAST_PUSH =
  'what somebody pushed to the branch of another: the App pushes the record after it, so GitHub takes the approval of the one who wrote it. Look whose the commits are, or ask for one approval more';
const CONCURRENCY =
  'that releases run: a workflow of any branch may join the concurrency group release-<environment>, and cancel or hold up what runs there. signalbox reconcile --watch beside the pods does without workflows';
const VARIABLES =
  "the variables: whoever may push may change them too, and so stop jobs that have keys, the App's among them, or send them to another machine of yours. Let nothing wait there: ephemeral runners for every label that a branch may use";

function machine(isPublic: boolean | null): string {
  const forks =
    isPublic === false
      ? ''
      : `, ${isPublic === null ? 'and where the repository is public' : 'and here'} one of a fork too, once somebody lets its run start`;
  return `the machine of SIGNALBOX_RUNNER, with its store and the keys of its next jobs: a workflow of any branch may name its label in runs-on${forks}. Limit its runner group to Signalbox's workflows at the commit of your callers (organisations only), or let nobody push whom you would not let onto it, in a private repository; an ephemeral runner saves the keys, not the store`;
}

const programsOfMetrics = (names: readonly string[]): string =>
  `the keys of the reconciler, from the programs that metrics name (${names.join(', ')}): they run as its user, and can read them. Give the files that they run owners too, in CODEOWNERS`;

const schedule = (isPublic: boolean | null): string =>
  `that the schedule goes on${isPublic === null ? ', where the repository is public' : ''}: GitHub stops it after 60 days in which nothing happens in a public repository, and pods freeze when nothing signs for timestampValidity. signalbox reconcile --watch beside the pods needs no schedule`;
