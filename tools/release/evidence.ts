import type { EvidenceCell, PodBreaker, PodRefusal } from '@signalbox/contracts';
import type { PodQuestion, PodReport } from '../evidence/index.js';

/**
 * Where the reconciler learns what pods did: the segments and statuses that they write to the artifact store. What a strategy asks besides, metrics tell. Absent
 * evidence is an empty answer, never an error; an unreachable store is one.
 */
export interface EvidenceProvider {
  read(question: PodQuestion): Promise<readonly PodReport[]>;
}

/** What one pod says about one model, with what makes it count or not. */
export interface PodEvidence {
  readonly pod: string;
  /** Written recently enough to say what is happening now. */
  readonly fresh: boolean;
  /** The pod no longer trusts that its manifest is the newest: its numbers must not move weight. */
  readonly frozen: boolean;
  readonly appliedSerial: number | null;
  readonly rejected: PodRefusal | null;
  /** A version that the pod asks no more, by itself. */
  readonly breaker: PodBreaker | null;
  /** Why what the pod wrote is no evidence (a gap, a clock that is wrong, another pod's name), as a sentence's end; null: it is whole. */
  readonly problem: string | null;
  /** What it counted of this model under `appliedSerial`, added up over all windows: one cell for each package, route and segment of the traffic. */
  readonly cells: readonly EvidenceCell[];
}

/** Pods that say nothing about the model are left out: they do not serve it. One whose status cannot be read may serve it, and says why it does not count. */
export function evidenceFor(reports: readonly PodReport[], model: string): readonly PodEvidence[] {
  return reports.flatMap(({ fresh, models, pod, problem, status }) => {
    const said = status?.models[model];
    if (status !== null && said === undefined) return [];
    const { appliedSerial = null, breaker = null, frozen = false, rejected = null } = said ?? {};
    const { cells = [], problem: gap = null } = models.get(model) ?? {};
    return [{ pod, fresh, frozen, appliedSerial, rejected, breaker, problem: problem ?? gap, cells }];
  });
}
