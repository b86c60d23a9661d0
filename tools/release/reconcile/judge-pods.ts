import type { ManifestPackage, Verdict } from '@signalbox/contracts';
import type { PodEvidence } from '../evidence.js';
import { countedPods } from './parties.js';
import type { Situation } from './transition.js';

/** A manifest that enough pods refuse to apply can never gather evidence: that is a failure of the candidate, not a lack of data. */
export function judgePods(situation: Situation): Verdict {
  const { desired, pods, published } = situation;
  const { serial } = published;
  const id = 'rollout/pods';
  const applied = countedPods(situation).length;
  const measured = { id, value: applied, bound: desired.minPods };
  const refusing = pods.filter((pod) => pod.fresh && pod.rejected?.serial === serial);
  const reason = refusing[0]?.rejected?.reason;
  if (refusing.length >= desired.minPods) {
    return {
      ...measured,
      verdict: 'fail',
      sentence: `${podsThat(refusing.length, 'refuse')} serial ${serial}: ${reason}.`,
    };
  }
  const leftOut = problemsOf(pods);
  if (applied < desired.minPods) {
    const sentence = `${applied} of at least ${desired.minPods} ${desired.minPods === 1 ? 'pod' : 'pods'} report from serial ${serial}, fresh, whole and not frozen${leftOut}.`;
    return { ...measured, verdict: 'no-data', sentence };
  }
  if (refusing.length > 0) {
    const sentence = `pod ${refusing[0]!.pod} refuses serial ${serial}: ${reason}.`;
    return { ...measured, verdict: 'inconclusive', sentence };
  }
  return { ...measured, verdict: 'pass', sentence: `${podsThat(applied, 'report')} from serial ${serial}${leftOut}.` };
}

const podsThat = (count: number, verb: string): string => (count === 1 ? `1 pod ${verb}s` : `${count} pods ${verb}`);

/** How many pods that cannot be believed are named. */
const NAMED_PODS = 3;

function problemsOf(pods: readonly PodEvidence[]): string {
  const troubled = pods.filter((one) => one.problem !== null);
  const more = troubled.length > NAMED_PODS ? `; ${troubled.length - NAMED_PODS} more are left out` : '';
  const named = troubled.slice(0, NAMED_PODS).map(({ pod, problem }) => `; ${pod} is left out: ${problem}`);
  return `${named.join('')}${more}`;
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
