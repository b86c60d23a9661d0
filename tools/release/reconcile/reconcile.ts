import { type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import { advance } from './advance.js';
import { begin } from './begin.js';
import { besideChanges } from './beside-changes.js';
import { bootstrap } from './bootstrap.js';
import { usableArms, usableFallback } from './companions.js';
import { goBack } from './go-back.js';
import type { Decision, Desired, ReconcileInput } from './input.js';
import { heldChampionServes, leaveArms, leaveHeldChampion } from './leave-held.js';
import { refuseReusedNumber } from './refuse-reused-number.js';
import { publishedSegments, usableSegments } from './segments.js';
import { settle } from './settle.js';
import { stagesOf } from './stages.js';
import { type Carried, manifestOf, type RolloutState, saysTheSame } from './state.js';
import { endEmergency, stayEmergency } from './stay-emergency.js';
import { stayHeld } from './stay-held.js';
import { stayRejected } from './stay-rejected.js';
import { type Rule, type Situation, situationOf, type Transition } from './transition.js';
import { wait } from './wait.js';

/** The table of states (`docs/rollout-states.md`), from top to bottom: the first rule that applies decides, and the last always does. */
export const RULES: readonly { readonly name: string; readonly rule: Rule }[] = [
  { name: 'stay-emergency', rule: stayEmergency },
  { name: 'stay-held', rule: stayHeld },
  { name: 'refuse-reused-number', rule: refuseReusedNumber },
  { name: 'settle', rule: settle },
  { name: 'stay-rejected', rule: stayRejected },
  { name: 'go-back', rule: goBack },
  { name: 'wait', rule: wait },
  { name: 'advance', rule: advance },
  { name: 'begin', rule: begin },
];

/** What must be left whatever is asked for and whatever waits, before the rules decide from where that leads. */
const LEAVING: readonly Rule[] = [leaveHeldChampion, leaveArms, endEmergency];

/**
 * The next manifest of one model in one environment, from what Git asks for, what is published and what pods did: level-triggered and
 * pure. The same inputs always give the same answer, and carrying it out changes the inputs so that the next pass has nothing to do.
 */
export function reconcile(input: ReconcileInput): Decision {
  const { current, eventNowUs } = input;
  if (current === null) return first(input.desired, eventNowUs);
  const situation = situationOf(input, current);
  const { desired } = situation;
  const { state, reasons, verdicts } = decide(situation);
  const { carried, leftOut } = companionsOf(desired, state, current);
  const next = manifestOf(state, carried, current);
  const manifest = saysTheSame(current, next) ? null : manifestOf(countedAnew(state, eventNowUs), carried, current);
  const changed = manifest && besideChanges(desired, { current, next: manifest, told: reasons.length > 0 });
  const stays = heldChampionServes(desired, state);
  return { manifest, reasons: [...reasons, ...(changed ?? []), ...leftOut, ...stays], verdicts };
}

/** Pods count by serial, so a stage whose manifest changes in whatever it says has nothing counted, and all its time before it. */
function countedAnew(state: RolloutState, eventNowUs: number | null): RolloutState {
  if (state.candidate === null) return state;
  return { ...state, enteredAtUs: Math.max(eventNowUs ?? 0, state.enteredAtUs) };
}

/** Which rule decides: what the generated table of states and its tests look at. */
export function decidingRule(input: ReconcileInput): string {
  if (input.current === null) return 'bootstrap';
  const { situation } = leave(situationOf(input, input.current));
  return RULES.find(({ rule }) => rule(situation) !== null)?.name ?? 'none';
}

function decide(from: Situation): Transition {
  const { reasons, situation } = leave(from);
  for (const { rule } of RULES) {
    const transition = rule(situation);
    if (transition) return { ...transition, reasons: [...reasons, ...transition.reasons] };
  }
  throw new SignalboxError('internal/bug', `no rule decides about ${situation.desired.model}`);
}

function leave(from: Situation): { readonly situation: Situation; readonly reasons: readonly string[] } {
  let situation = from;
  const reasons: string[] = [];
  for (const rule of LEAVING) {
    const left = rule(situation);
    if (left === null) continue;
    situation = { ...situation, state: left.state };
    reasons.push(...left.reasons);
  }
  return { situation, reasons };
}

function first(desired: Desired, eventNowUs: number | null): Decision {
  const begun = bootstrap(desired, eventNowUs);
  if (begun.state === null) {
    const reasons = [`version ${desired.package.version} does not start and nothing is published yet: ${begun.why}`];
    return { manifest: null, reasons, verdicts: [] };
  }
  const { state } = begun;
  const { carried, leftOut } = companionsOf(desired, state, null);
  return {
    manifest: manifestOf(state, carried, null),
    reasons: [
      `version ${desired.package.version} is the first of ${desired.model} in ${desired.environment}: it is live at once, there is nothing to compare it with`,
      ...leftOut,
    ],
    verdicts: [],
  };
}

/** What the manifest says beside the rollout itself, without what may not serve, and a sentence for each that is left out. */
function companionsOf(
  desired: Desired,
  state: RolloutState,
  current: RolloutManifest | null,
): { readonly carried: Carried; readonly leftOut: readonly string[] } {
  const byHand = state.emergency !== null && current !== null;
  const asked = byHand ? asPublished({ ...desired, package: state.champion }, current) : desired;
  const fallback = usableFallback(asked, state, current);
  const segments = usableSegments(asked, state, current);
  const desiredDigest = byHand ? current.rollout.desired : desired.package.digest;
  return {
    carried: { ...asked, desiredDigest, fallback: fallback.kept, segments: segments.kept },
    leftOut: [...fallback.leftOut, ...segments.leftOut, ...leftOutArms(desired, state)],
  };
}

/** What was signed by hand is left alone as a whole, so that nothing of the head of Git comes with it. */
function asPublished(desired: Desired, current: RolloutManifest): Desired {
  const fallback = current.packages.find(({ version }) => version === current.fallback) ?? null;
  const { clock, limits, rule } = current;
  const segments = publishedSegments(current);
  return { ...desired, clock, limits, rule, segments, fallback, waits: [] };
}

/** Arms of an experiment that is under way or still to come. */
function leftOutArms(desired: Desired, state: RolloutState): readonly string[] {
  const experiment = stagesOf(desired.strategy).find(({ phase }) => phase === 'experiment');
  if (experiment === undefined || state.candidate?.digest !== desired.package.digest) return [];
  return usableArms(desired, state, experiment).leftOut;
}
