import type { Policy, Workspace } from '@signalbox/contracts';
import { tierPolicy } from './tier-policy.js';

/**
 * How many people must agree that something may start or move on. A document that cannot be read never makes it fewer: without the model's tier as many
 * as the strictest tier of the policy asks, and without the policy as the strictest of all, at least one. Stopping and going back ask elsewhere. Pure.
 */
export function approvalsToMoveOn(workspace: Workspace, environment: string, model: string): number {
  const tier = tierPolicy(workspace, environment, model);
  if (tier !== null) return tier.approvals;
  const settings = workspace.environments.get(environment)?.environment;
  const policy = workspace.policies.get(settings?.policy ?? '');
  return policy ? strictest(policy) : Math.max(1, ...[...workspace.policies.values()].map(strictest));
}

const strictest = ({ tiers }: Policy): number => Math.max(...Object.values(tiers).map(({ approvals }) => approvals));
