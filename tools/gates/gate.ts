import { letsThrough, type Verdict } from '@signalbox/contracts';
import { championGates } from './champion.js';
import type { GateInput } from './evidence.js';
import { improvementGates } from './improvement.js';
import { infrastructureGates } from './infrastructure.js';
import { leakGates } from './leak.js';
import { parityGates } from './parity.js';
import { qualityGates } from './quality.js';
import { sliceGates } from './slice.js';
import { noData } from './words.js';

/** Every family of gates. A new one is a file like its neighbours and a line here. */
const FAMILIES = [
  qualityGates,
  championGates,
  improvementGates,
  sliceGates,
  leakGates,
  infrastructureGates,
  parityGates,
];

/**
 * Decides about a candidate: pure, and the same for a person, a workflow and a test. Gates that the policy's tier does not name only warn;
 * a gate that it names and nothing answered is no data, so that a forgotten threshold never lets anything through.
 */
export function gate(input: GateInput): Verdict[] {
  const { blockingGates } = input;
  if (blockingGates === null) {
    const sentence = `The policy says nothing about the risk tier ${input.model.riskTier}.`;
    return [{ id: 'policy/tier', verdict: 'error', sentence }];
  }
  const verdicts = FAMILIES.flatMap((family) => family(input));
  return [
    ...verdicts.map((verdict) =>
      isBlocking(blockingGates, verdict.id) ? verdict : softened(verdict, input.model.riskTier),
    ),
    ...unanswered(blockingGates, verdicts),
  ];
}

/** Whether the verdicts, as `gate` gives them, let the candidate through. None at all does not. */
export function verdictsLetThrough(verdicts: readonly Verdict[]): boolean {
  return verdicts.length > 0 && verdicts.every(({ verdict }) => letsThrough(verdict));
}

/** A gate is named by its id, or by a prefix that ends in `/*`. */
function isBlocking(blocking: readonly string[], id: string): boolean {
  return blocking.some((name) => (name.endsWith('/*') ? id.startsWith(name.slice(0, -1)) : id === name));
}

function softened(verdict: Verdict, tier: string): Verdict {
  if (letsThrough(verdict.verdict)) return verdict;
  return {
    ...verdict,
    verdict: 'warn',
    sentence: `${verdict.sentence} (${verdict.verdict}; it does not block a model of ${tier} risk)`,
  };
}

function unanswered(blocking: readonly string[], verdicts: readonly Verdict[]): Verdict[] {
  return blocking
    .filter((name) => !verdicts.some(({ id }) => isBlocking([name], id)))
    .map((name) =>
      noData(
        name.replace(/\/\*$/, '/undeclared').replace(/^([^/]+)$/, '$1/undeclared'),
        `The policy demands ${name}, and model.yaml declares no threshold for it.`,
      ),
    );
}
