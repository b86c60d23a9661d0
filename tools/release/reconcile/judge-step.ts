import { type EvidenceCell, formatDurationMs, mergeCells, US_PER_MS, type Verdict } from '@signalbox/contracts';
import { judgeEvidence } from '../analysis/index.js';
import type { PodEvidence } from '../evidence.js';
import { type Stage, stagesOf } from './stages.js';
import type { Situation } from './transition.js';

/** Every condition of a stage, all of them in every pass: a stage that waits for time is still judged for failure. */
export function judgeStep(situation: Situation, stage: Stage): readonly Verdict[] {
  const { desired, pods, serial, state } = situation;
  const counted = pods.filter((pod) => counts(pod, serial));
  const candidate = sumOf(counted, desired.package.digest, stage.phase === 'shadow' ? 'shadow' : 'candidate');
  const champion = sumOf(counted, state.champion.digest, 'champion');
  const { analysis } = desired.strategy;
  const stages = stagesOf(desired.strategy).length;
  return [
    judgePods(situation, counted.length),
    judgeDuration(situation, stage),
    judgeSample(candidate?.asked ?? 0, stage),
    ...judgeEvidence({ candidate, champion }, { analysis, phase: stage.phase, stages }),
  ];
}

/** Old, frozen, late or partial pods would vouch for something else than this manifest. */
function counts(pod: PodEvidence, serial: number): boolean {
  return pod.fresh && !pod.frozen && pod.problem === null && pod.appliedSerial === serial;
}

/** What one package did in one route, over all pods that count; null where none asked it. */
function sumOf(pods: readonly PodEvidence[], digest: string, route: EvidenceCell['route']): EvidenceCell | null {
  const cells = pods.flatMap((pod) => pod.cells).filter((cell) => cell.package === digest && cell.route === route);
  return mergeCells(cells, () => 'one')[0] ?? null;
}

/** A manifest that enough pods refuse to apply can never gather evidence: that is a failure of the candidate, not a lack of data. */
function judgePods({ desired, pods, serial }: Situation, applied: number): Verdict {
  const id = 'rollout/pods';
  const measured = { id, value: applied, bound: desired.minPods };
  const refusing = pods.filter((pod) => pod.fresh && pod.rejected?.serial === serial);
  const reason = refusing[0]?.rejected?.reason;
  if (refusing.length >= desired.minPods) {
    return { ...measured, verdict: 'fail', sentence: `${refusing.length} pods refuse serial ${serial}: ${reason}.` };
  }
  const leftOut = problemsOf(pods);
  if (applied < desired.minPods) {
    const sentence = `${applied} of at least ${desired.minPods} pods report from serial ${serial}, fresh, whole and not frozen${leftOut}.`;
    return { ...measured, verdict: 'no-data', sentence };
  }
  if (refusing.length > 0) {
    return {
      ...measured,
      verdict: 'inconclusive',
      sentence: `pod ${refusing[0]!.pod} refuses serial ${serial}: ${reason}.`,
    };
  }
  return { ...measured, verdict: 'pass', sentence: `${applied} pods report from serial ${serial}${leftOut}.` };
}

/** How many pods that cannot be believed are named. */
const NAMED_PODS = 3;

function problemsOf(pods: readonly PodEvidence[]): string {
  const troubled = pods.filter((one) => one.problem !== null);
  const more = troubled.length > NAMED_PODS ? `; ${troubled.length - NAMED_PODS} more are left out` : '';
  const named = troubled.slice(0, NAMED_PODS).map(({ pod, problem }) => `; ${pod} is left out: ${problem}`);
  return `${named.join('')}${more}`;
}

function judgeDuration({ eventNowUs, state }: Situation, { minDurationUs }: Stage): Verdict {
  const id = 'rollout/duration';
  const bound = minDurationUs / US_PER_MS / 1000;
  const needed = formatDurationMs(minDurationUs / US_PER_MS);
  if (eventNowUs === null) return { id, verdict: 'no-data', sentence: 'No event has told the time yet.', bound };
  const passedUs = Math.max(0, eventNowUs - state.enteredAtUs);
  const verdict = passedUs >= minDurationUs ? 'pass' : 'inconclusive';
  const minutes = Math.floor(passedUs / US_PER_MS / 60_000);
  return {
    id,
    verdict,
    sentence: `${minutes} minutes of event time of at least ${needed}.`,
    value: passedUs / 1e6,
    bound,
  };
}

function judgeSample(requests: number, { minSample }: Stage): Verdict {
  return {
    id: 'rollout/sample',
    verdict: requests >= minSample ? 'pass' : 'inconclusive',
    sentence: `The candidate got ${requests} of at least ${minSample} requests.`,
    value: requests,
    bound: minSample,
    sampleSize: requests,
  };
}
