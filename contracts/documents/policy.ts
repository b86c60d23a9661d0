import { type Static, Type } from '@sinclair/typebox';
import { digestJson } from '../canonical/canonical.js';
import { closed, Description, Name } from './common.js';
import { RiskTier } from './model.js';

const TierPolicy = closed(
  {
    approvals: Type.Integer({ minimum: 0, description: 'How many people must approve a promotion.' }),
    strategies: Type.Array(Name, { minItems: 1, description: 'The strategies that a release of this tier may use.' }),
    autoPromote: Type.Array(Name, {
      default: [],
      description: 'Environments to which a merged version is promoted by a bot.',
    }),
    rollbackApprovals: Type.Integer({
      minimum: 0,
      default: 0,
      description:
        'How many people must approve that an environment goes back to what ran before. What was left comes forward by `approvals`.',
    }),
    withdrawals: Type.Union([Type.Literal('open'), Type.Literal('merge')], {
      default: 'open',
      description:
        'Whether the pull request that takes a rejected version back waits for a person, or is merged by the bot.',
    }),
    blockingGates: Type.Array(Type.String(), {
      minItems: 1,
      description: 'Gate ids, or prefixes ending in `/*`, whose refusal blocks. Other gates only warn.',
    }),
  },
  { description: 'What a risk tier asks.' },
);

export const Policy = closed(
  {
    description: Description,
    tiers: Type.Record(RiskTier, TierPolicy, { description: 'What each risk tier asks.' }),
  },
  {
    $id: 'policy',
    title: 'Policy',
    description: 'Which gates block, who approves, which strategy, by risk tier. `releases/policies/<name>.yaml`',
  },
);
export type Policy = Static<typeof Policy>;

/** Null: the policy says nothing of the risk tier. */
export type BlockingGates = readonly string[] | null;

/** All that gates read of a policy: a verdict is bound to this, and to nothing else of it. */
export function blockingGates(policy: Policy, { riskTier }: { readonly riskTier: RiskTier }): BlockingGates {
  return policy.tiers[riskTier]?.blockingGates ?? null;
}

/** As `boundTo.policy` of a version record has it. Neither order nor repetition blocks anything else. */
export function digestOfGates(gates: BlockingGates): string {
  return digestJson(gates === null ? null : [...new Set(gates)].sort());
}
