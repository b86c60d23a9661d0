import type { ManifestPackage, PodRefusal, Verdict } from '@signalbox/contracts';
import type { PodEvidence } from '../evidence.js';
import { countedPods } from './parties.js';
import type { Situation } from './transition.js';

const PODS_ID = 'rollout/pods';

/**
 * Whether enough pods apply the manifest, and what those that refuse it say of a version. Only a package that does not work speaks against the version, and
 * only by as many pods as a pass takes, while too few others are left to show the contrary. What is not there yet is waited for. A pod that cannot use what
 * has long served either counts no more than one that is silent.
 */
export function judgePods(situation: Situation, { version }: ManifestPackage): Verdict {
  const { desired, pods, published } = situation;
  const { minPods } = desired;
  const applied = countedPods(situation).length;
  const measured = { id: PODS_ID, value: applied, bound: minPods };
  const refusing = refusingPods(situation);
  const about = refusing.filter((pod) => isAboutTheTried(pod, situation));
  const against = about.filter(({ rejected }) =>
    rejected.versions.some((one) => one.broken && one.version === version),
  );
  const others = pods.filter(({ fresh }) => fresh).length - refusing.length;
  if (against.length >= minPods && others < minPods) {
    const sentence = `${podsThat(against.length, 'refuse')} serial ${published.serial}: ${against[0]!.rejected.reason}.`;
    return { ...measured, verdict: 'fail', sentence };
  }
  const leftOut = problemsOf(situation);
  if (applied < minPods) {
    const sentence = `${applied} of at least ${minPods} ${minPods === 1 ? 'pod' : 'pods'} report from serial ${published.serial}, fresh, whole and not frozen${leftOut}.`;
    return { ...measured, verdict: 'no-data', sentence };
  }
  const verdict = about.length > 0 ? 'inconclusive' : 'pass';
  return {
    ...measured,
    verdict,
    sentence: `${podsThat(applied, 'report')} from serial ${published.serial}${leftOut}.`,
  };
}

/** Enough pods run the version, and another cannot: that is for people to mend, and no sign that the version shows nothing. */
export const isHeldUpByPods = ({ id, verdict }: Verdict): boolean => id === PODS_ID && verdict === 'inconclusive';

/** Too few pods run the version: what they refuse may have nothing to do with it, so whoever reads why it ended must hear of that. */
export const isUnheard = ({ id, verdict }: Verdict): boolean => id === PODS_ID && verdict === 'no-data';

type RefusingPod = PodEvidence & { readonly rejected: PodRefusal };

function refusingPods({ pods, published }: Situation): readonly RefusingPod[] {
  return pods.filter((pod): pod is RefusingPod => pod.fresh && pod.rejected?.serial === published.serial);
}

function isAboutTheTried({ rejected: { versions } }: RefusingPod, { desired, state }: Situation): boolean {
  const tried = [desired.package, ...state.arms.map((arm) => arm.package)].map((one) => one.version);
  return versions.length > 0 && versions.every(({ version }) => tried.includes(version));
}

const podsThat = (count: number, verb: string): string => (count === 1 ? `1 pod ${verb}s` : `${count} pods ${verb}`);

/** How many pods that do not count are named. */
const NAMED_PODS = 3;

function problemsOf(situation: Situation): string {
  const refusing = refusingPods(situation).map(({ pod, rejected }) => `; ${pod} refuses it: ${rejected.reason}`);
  const others = situation.pods.flatMap(({ pod, problem }) =>
    problem === null ? [] : `; ${pod} is left out: ${problem}`,
  );
  const troubled = [...refusing, ...others];
  const more = troubled.length > NAMED_PODS ? `; ${troubled.length - NAMED_PODS} more are left out` : '';
  return `${troubled.slice(0, NAMED_PODS).join('')}${more}`;
}

/**
 * A pod asks a version no more that failed too often in a row. One pod may be at fault itself, so it only stops the rollout from moving on; as many as a pass
 * takes end it.
 */
export function judgeBreaker({ desired, pods, published }: Situation, { version }: ManifestPackage): Verdict {
  const { serial } = published;
  const open = pods.filter(({ breaker, fresh }) => fresh && breaker?.version === version && breaker.serial === serial);
  const measured = { id: 'rollout/breaker', value: open.length, bound: desired.minPods };
  const [first] = open;
  if (first === undefined) {
    return { ...measured, verdict: 'pass', sentence: `No pod stopped asking version ${version} by itself.` };
  }
  const who = open.length === 1 ? `Pod ${first.pod}` : `${open.length} pods`;
  return {
    ...measured,
    verdict: open.length >= desired.minPods ? 'fail' : 'inconclusive',
    sentence: `${who} stopped asking version ${version}: ${first.breaker!.reason}.`,
  };
}
