import type { Verdict } from '@signalbox/contracts';
import { type AnalysisRule, EXPERIMENT_ID, judgeEvidence, type SideEvidence } from '../analysis/index.js';
import { judgeArms, whatArmsDid } from './judge-arms.js';
import { judgeBreaker, judgePods } from './judge-pods.js';
import { judgeDuration } from './judge-time.js';
import { judgedSegments, routesOf, sideEvidence } from './side-evidence.js';
import { type Stage, stagesOf } from './stages.js';
import type { PackageShare } from './state.js';
import type { Situation } from './transition.js';

/** What one pass saw of the stage under way. */
export interface StageJudgement {
  /** About the asked version. */
  readonly verdicts: readonly Verdict[];
  /** Another arm that won the experiment; null: none did. */
  readonly winner: number | null;
  /** Other arms that failed on their own, with what they failed in. */
  readonly failedArms: readonly { readonly arm: PackageShare; readonly failures: readonly Verdict[] }[];
}

/** Every condition of a stage, all of them in every pass: a stage that waits for time is still judged for failure. */
export function judgeStep(situation: Situation, stage: Stage): StageJudgement {
  const { desired, state } = situation;
  const routes = routesOf(stage);
  const candidate = sideEvidence(situation, desired.package, routes.candidate);
  const champion = sideEvidence(situation, state.champion, routes.champion);
  const arms = state.arms.map((arm) => ({ arm, evidence: sideEvidence(situation, arm.package, 'candidate') }));
  const rule = ruleOf(situation, stage);
}
