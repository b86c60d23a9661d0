import { type ManifestPackage, SignalboxError } from '@signalbox/contracts';
import { advance } from './advance.js';
import { begin } from './begin.js';
import { bootstrap } from './bootstrap.js';
import { goBack } from './go-back.js';
import type { Decision, Desired, ReconcileInput } from './input.js';
import { leaveHeldChampion } from './leave-held-champion.js';
import { refuseReusedNumber } from './refuse-reused-number.js';
import { settle } from './settle.js';
import { manifestOf, type RolloutState, saysTheSame, stateOf } from './state.js';
import { stayHeld } from './stay-held.js';
import { stayRejected } from './stay-rejected.js';
import type { Rule, Situation, Transition } from './transition.js';
import { wait } from './wait.js';

/** The table of states (`docs/rollout-states.md`), from top to bottom: the first rule that applies decides, and the last always does. */
export const RULES: readonly { readonly name: string; readonly rule: Rule }[] = [
  { name: 'stay-held', rule: stayHeld },
  { name: 'refuse-reused-number', rule: refuseReusedNumber },
  { name: 'settle', rule: settle },
  { name: 'stay-rejected', rule: stayRejected },
  { name: 'go-back', rule: goBack },
  { name: 'wait', rule: wait },
  { name: 'advance', rule: advance },
  { name: 'begin', rule: begin },
];

const CARRIED = 'its rule, time limit, fallback, clock or package record changed: no traffic moves';

/**
 * The next manifest of one model in one environment, from what Git asks for, what is published and what pods did: level-triggered and
 * pure. The same inputs always give the same answer, and carrying it out changes the inputs so that the next pass has nothing to do.
 */
export function reconcile({ current, desired, eventNowUs, pods }: ReconcileInput): Decision {
  if (current === null) return first(desired, eventNowUs);
  const situation = { desired, state: stateOf(current), pods, serial: current.serial, eventNowUs };
  const { state, reasons, verdicts } = decide(situation);
  const { fallback, reason } = usableFallback(desired, state);
  const next = manifestOf(state, { ...desired, fallback }, current);
  const manifest = saysTheSame(current, next) ? null : next;
  const carried = manifest !== null && reasons.length === 0 ? [CARRIED] : [];
  return { manifest, reasons: [...reasons, ...carried, ...(reason === null ? [] : [reason])], verdicts };
}

/** Which rule decides: what the generated table of states and its tests look at. */
export function decidingRule(situation: Situation): string {
  return RULES.find(({ rule }) => rule(situation) !== null)?.name ?? 'none';
}

/** A held champion is left first, whatever is asked for; then the one rule decides from where that leads. */
function decide(situation: Situation): Transition {
  const left = leaveHeldChampion(situation);
  const from = left === null ? situation : { ...situation, state: left.state };
  for (const { rule } of RULES) {
    const transition = rule(from);
    if (transition) return { ...transition, reasons: [...(left?.reasons ?? []), ...transition.reasons] };
  }
  throw new SignalboxError('internal/bug', `no rule decides about ${situation.desired.model}`);
}

function first(desired: Desired, eventNowUs: number | null): Decision {
  const state = bootstrap(desired, eventNowUs);
  if (state === null) {
    const why = desired.waits.join('; ') || 'it is held';
    const reasons = [`version ${desired.package.version} does not start and nothing is published yet: ${why}`];
    return { manifest: null, reasons, verdicts: [] };
  }
  const { fallback, reason } = usableFallback(desired, state);
  return {
    manifest: manifestOf(state, { ...desired, fallback }, null),
    reasons: [
      `version ${desired.package.version} is the first of ${desired.model} in ${desired.environment}: it is live at once, there is nothing to compare it with`,
      ...(reason === null ? [] : [reason]),
    ],
    verdicts: [],
  };
}

/** A fallback must not be worse than what it stands in for. Without one there are still the champion and the rule. */
function usableFallback(
  { fallback, holds }: Desired,
  { candidate, champion, previousChampion, rejected }: RolloutState,
): { readonly fallback: ManifestPackage | null; readonly reason: string | null } {
  if (fallback === null) return { fallback, reason: null };
  const others = [champion, candidate, previousChampion];
  const clash = others.some((one) => one?.version === fallback.version && one.digest !== fallback.digest);
  const held = holds.has(fallback.digest) || rejected.some((one) => one.digest === fallback.digest);
  if (!clash && !held) return { fallback, reason: null };
  const why = held ? 'it is held or was rejected' : 'its number names another package here';
  return { fallback: null, reason: `fallback version ${fallback.version} is left out: ${why}` };
}
