import { type EvidenceCell, type ManifestPackage, mergeCells } from '@signalbox/contracts';
import type { Evidence, SideEvidence } from '../analysis/index.js';
import type { PodEvidence } from '../evidence.js';
import type { Stage } from './stages.js';
import type { PackageShare } from './state.js';
import type { Situation } from './transition.js';

/** Who is compared in a stage, with everything that is known of each. */
export interface Parties extends Evidence {
  /** Other arms of an experiment. */
  readonly arms: readonly { readonly arm: PackageShare; readonly evidence: SideEvidence }[];
}

export function partiesOf(situation: Situation, stage: Stage): Parties {
  const { desired, state } = situation;
  const routes = routesOf(stage);
  return {
    candidate: sideEvidence(situation, desired.package, routes.candidate),
    champion: sideEvidence(situation, state.champion, routes.champion),
    arms: state.arms.map((arm) => ({ arm, evidence: sideEvidence(situation, arm.package, 'candidate') })),
  };
}

/** Before users see the candidate it gets copies; after the switch the champion does. */
function routesOf({ phase }: Stage): Readonly<Record<'candidate' | 'champion', EvidenceCell['route']>> {
  if (phase === 'shadow') return { candidate: 'shadow', champion: 'champion' };
  return { candidate: 'candidate', champion: phase === 'blue-green' ? 'shadow' : 'champion' };
}

/** Pods whose counts are about the published manifest: old, frozen, late or partial ones would vouch for something else. */
export function countedPods({ pods, published }: Situation): readonly PodEvidence[] {
  const { serial } = published;
  return pods.filter((pod) => pod.fresh && !pod.frozen && pod.problem === null && pod.appliedSerial === serial);
}

/** Pods that count and ask no version less than its buckets say: an open breaker sends one arm's units to the champion. */
export function splittingPods(situation: Situation): readonly PodEvidence[] {
  const { serial } = situation.published;
  return countedPods(situation).filter(({ breaker }) => breaker?.serial !== serial);
}

/** What a version was asked in a route by the pods that split requests as the manifest says. */
export function splitCell(
  situation: Situation,
  { digest }: ManifestPackage,
  route: EvidenceCell['route'],
): EvidenceCell | null {
  return mergeCells(cellsOf(splittingPods(situation), digest, route), () => 'one')[0] ?? null;
}

/** What one version did in one route, over all pods that count. */
function sideEvidence(
  situation: Situation,
  { digest, version }: ManifestPackage,
  route: EvidenceCell['route'],
): SideEvidence {
  const cells = cellsOf(countedPods(situation), digest, route);
  const bySegment = mergeCells(cells, (cell) => cell.segment ?? '');
  return {
    cell: mergeCells(cells, () => 'one')[0] ?? null,
    segments: new Map(bySegment.flatMap((cell) => (cell.segment === null ? [] : [[cell.segment, cell] as const]))),
    metrics: situation.readings.get(version) ?? new Map(),
  };
}

function cellsOf(pods: readonly PodEvidence[], digest: string, route: EvidenceCell['route']): readonly EvidenceCell[] {
  return pods.flatMap(({ cells }) => cells).filter((cell) => cell.package === digest && cell.route === route);
}

/** Critical segments in which both sides answer: a pinned one gets no candidate. */
export function judgedSegments({ desired, published }: Situation): readonly string[] {
  const following = published.segments.flatMap(({ name, version }) => (version === null ? [name] : []));
  return desired.segments.flatMap(({ critical, name }) => (critical && following.includes(name) ? [name] : []));
}
