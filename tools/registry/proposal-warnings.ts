import { blockingGates, digestOfGates, type Policy } from '@signalbox/contracts';
import { levelFirst } from '../release/index.js';
import type { Judge } from './champion.js';
import { policyOf } from './judge-candidate.js';
import type { Pipeline } from './pipeline.js';

type Proposed = Pick<Pipeline, 'definition' | 'environment' | 'model' | 'workspace'>;

/** Why a version could not be promoted although its gates let it through: said before it is trained. Pure. */
export function proposalWarnings(
  { definition, environment, model, workspace }: Proposed,
  judge: Judge,
): readonly string[] {
  const digestOf = (policy: Policy) => digestOfGates(blockingGates(policy, definition));
  const name = workspace.environments.get(environment)?.environment.policy ?? '';
  const own = workspace.policies.get(name);
  const lapses = own !== undefined && digestOf(own) !== digestOf(policyOf(judge, environment, workspace));
  const level = levelFirst({ workspace: judge.workspace, environment, model });
  return [
    ...(lapses
      ? [
          `By the policy of this branch other gates block than by that of the main branch, which judges: once both are merged the verdict has lapsed. Merge releases/policies/${name}.yaml by itself first.`,
        ]
      : []),
    ...(level === null ? [] : [level]),
  ];
}
