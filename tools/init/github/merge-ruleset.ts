import type { Rule, Ruleset } from './settings.js';

/** Demands of reviews, and of branches, that a repository may add to ours. */
const DEMANDS = [
  'require_code_owner_review',
  'require_last_push_approval',
  'required_review_thread_resolution',
  'strict_required_status_checks_policy',
];

type Parameters = Readonly<Record<string, unknown>>;
type RequiredCheck = { readonly context: string };

/**
 * A ruleset that says all that is wanted and keeps what somebody made stricter: rules of their own, more approvals, more checks, branches besides. Ways
 * around it are only the wanted ones. Pure.
 */
export function mergeRuleset(wanted: Ruleset, now: Ruleset): Ruleset {
  const others = now.rules.filter(({ type }) => !wanted.rules.some((rule) => rule.type === type));
  const include = [...new Set([...now.conditions.ref_name.include, ...wanted.conditions.ref_name.include])];
  return {
    ...wanted,
    // While no App is named, there is nothing to say about who may go around.
    bypass_actors: wanted.bypass_actors.length === 0 ? now.bypass_actors : wanted.bypass_actors,
    conditions: { ref_name: { include, exclude: wanted.conditions.ref_name.exclude } },
    rules: [...wanted.rules.map((rule) => mergeRule(rule, now.rules)), ...others],
  };
}

function mergeRule(wanted: Rule, rules: readonly Rule[]): Rule {
  const now = rules.find(({ type }) => type === wanted.type)?.parameters;
  if (now === undefined || wanted.parameters === undefined) return wanted;
  return { type: wanted.type, parameters: { ...now, ...wanted.parameters, ...stricter(wanted.parameters, now) } };
}

function stricter(wanted: Parameters, now: Parameters): Parameters {
  const counts = [wanted, now].map(({ required_approving_review_count: count }) => count);
  const [checks, known] = [wanted, now].map(
    ({ required_status_checks: listed }) => listed as RequiredCheck[] | undefined,
  );
  const kept = known?.filter(({ context }) => !checks?.some((check) => check.context === context)) ?? [];
  return {
    ...(counts.every((count) => typeof count === 'number') && {
      required_approving_review_count: Math.max(...(counts as number[])),
    }),
    ...(checks && { required_status_checks: [...checks, ...kept] }),
    ...Object.fromEntries(DEMANDS.filter((name) => now[name] === true).map((name) => [name, true])),
  };
}
