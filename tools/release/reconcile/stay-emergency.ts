import { isSamePackage } from './state.js';
import type { Rule } from './transition.js';

/**
 * What was signed by hand while Git could not be reached stands, whatever the head of Git says: it may still ask for the version that somebody just
 * fled from. It ends when Git asks for what serves by it, or when a commit says so.
 */
export const stayEmergency: Rule = ({ desired, published, state }) => {
  const { champion, emergency } = state;
  if (emergency === null) return null;
  const { asksForNothing = false, environment, model, package: asked } = desired;
  const still = asksForNothing ? '' : ` and Git still asks for version ${asked.version}`;
  return {
    state,
    reasons: [
      `version ${champion.version} serves by the emergency of ${emergency.by} (${emergency.reason})${still}: it stands until Git asks for version ${champion.version}, or a commit says End-emergency: ${environment}/${model}@${published.serial}`,
    ],
    verdicts: [],
  };
};

/** Git has caught up with what was done by hand, or a commit ends it: the mark goes, and the rules decide as ever. */
export const endEmergency: Rule = (situation) => {
  const { desired, state } = situation;
  if (state.emergency === null) return null;
  const isLevel = desired.asksForNothing !== true && isSamePackage(desired.package, state.champion);
  if (!isLevel && !desired.emergencyEnded) return null;
  const why = isLevel ? `Git asks for version ${state.champion.version}, which serves` : 'a commit says so';
  return {
    state: { ...state, emergency: null },
    reasons: [`the emergency of ${state.emergency.by} is over: ${why}`],
    verdicts: [],
  };
};
