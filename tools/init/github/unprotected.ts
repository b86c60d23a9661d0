import type { Ruleset } from './settings.js';

/**
 * What anybody who may push a branch can bring to the main branch without another person or the App, in sentences: what CODEOWNERS and policies say is no more
 * than a request where the ruleset does not ask for it. Pure.
 */
export function unprotected({ rules }: Ruleset): readonly string[] {
  const parametersOf = (type: string) => rules.find((rule) => rule.type === type)?.parameters ?? {};
  const reviews = parametersOf('pull_request');
  return [
    ...(reviews.require_code_owner_review === true ? [] : [WITHOUT_OWNERS]),
    ...(Number(reviews.required_approving_review_count) > 0 ? [] : [WITHOUT_APPROVALS]),
    ...(parametersOf('required_status_checks').required_status_checks === undefined ? [WITHOUT_CHECK] : []),
  ];
}

const WITHOUT_OWNERS =
  'policies, strategies, keys, environments and workflows: CODEOWNERS names people for them, and nobody asks these. Name who answers for them: --owner @organisation/team';
const WITHOUT_APPROVALS =
  'everything that has no owner: no model is of a tier that asks for an approval, so whoever may push a branch merges it alone. Ask for approvals in releases/policies, or give models a stricter tier';
const WITHOUT_CHECK =
  'models: no check is required, so one merges that no judge has seen. Name the App that writes the check: --app <slug>';
