import type { Policy, Workspace } from '@signalbox/contracts';

type TierPolicy = Policy['tiers']['low'];

/** What the policy of an environment asks of a model; null where one of the documents that say it cannot be read. */
export function tierPolicy(workspace: Workspace, environment: string, model: string): TierPolicy | null {
  const settings = workspace.environments.get(environment)?.environment;
  const policy = workspace.policies.get(settings?.policy ?? '');
  const tier = workspace.models.get(model)?.riskTier;
  return policy && tier ? policy.tiers[tier] : null;
}
