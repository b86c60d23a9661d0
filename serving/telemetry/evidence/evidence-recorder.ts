import { EVIDENCE_WINDOW_US, type EvidenceCell, type EvidenceRoute } from '@signalbox/contracts';
import { type CellSubject, OpenCell } from './open-cell.js';

/** Open at once, over all models, versions and windows; about 10 KB each. More are only ever open where callers choose T. */
const MAX_OPEN_CELLS = 256;

/**
 * Counts what versions do, at 100 % of traffic: one call for each that was asked, no object made, nothing written. Cells stay open until somebody takes
 * them. Memory is bounded: when callers open too many windows, what is open is handed to `onFull` at once.
 */
export class EvidenceRecorder {
  /** Asked to take the cells, before another one is opened. */
  onFull: () => void = () => {};
  readonly #maxOpenCells: number;
  /** Only routes with open cells, so that a manifest that is gone is forgotten with its last cell. */
  readonly #counting = new Set<RouteEvidence>();
  #open = 0;

  constructor({ maxOpenCells = MAX_OPEN_CELLS }: { readonly maxOpenCells?: number } = {}) {
    this.#maxOpenCells = maxOpenCells;
  }

  /** `segments`: the names of the manifest's segments, in its order. */
  version(subject: VersionSubject, segments: readonly string[]): VersionEvidence {
    return new VersionEvidence(this, subject, segments);
  }

  /** What was counted since the last time, each cell once; empty when nothing was. */
  take(): EvidenceCell[] {
    const cells = [...this.#counting].flatMap((route) => route.take());
    this.#counting.clear();
    this.#open = 0;
    return cells;
  }

  /** For routes only: one more cell is about to be open. */
  opening(route: RouteEvidence): void {
    if (this.#open >= this.#maxOpenCells) this.onFull();
    this.#counting.add(route);
    this.#open += 1;
  }
}

type VersionSubject = Omit<CellSubject, 'route' | 'segment'>;

/** Where one version counts what it does under one manifest, by role and segment. */
export class VersionEvidence {
  readonly #recorder: EvidenceRecorder;
  readonly #subject: VersionSubject;
  readonly #segments: readonly string[];
  /** By role, then by the place of the segment, from none on; made when first needed, as most never are. */
  readonly #routes: Readonly<Record<EvidenceRoute, RouteEvidence[]>> = {
    champion: [],
    candidate: [],
    shadow: [],
    segment: [],
    fallback: [],
    rule: [],
  };

  constructor(recorder: EvidenceRecorder, subject: VersionSubject, segments: readonly string[]) {
    this.#recorder = recorder;
    this.#subject = subject;
    this.#segments = segments;
  }

  /** `segment`: its place in the manifest, −1 for none. */
  of(route: EvidenceRoute, segment: number): RouteEvidence {
    const bySegment = this.#routes[route];
    let found = bySegment[segment + 1];
    if (found === undefined) {
      found = new RouteEvidence(this.#recorder, {
        ...this.#subject,
        route,
        segment: this.#segments[segment] ?? null,
      });
      bySegment[segment + 1] = found;
    }
    return found;
  }
}

/** The cells of one version in one role and segment, by window; almost always one is open. */
export class RouteEvidence {
  readonly #recorder: EvidenceRecorder;
  readonly #subject: CellSubject;
  readonly #cells = new Map<number, OpenCell>();
  #last: OpenCell | null = null;

  constructor(recorder: EvidenceRecorder, subject: CellSubject) {
    this.#recorder = recorder;
    this.#subject = subject;
  }

  /** The cell for requests of this time (epoch microseconds, event time); to be used at once and not kept. */
  at(atUs: number): OpenCell {
    const last = this.#last;
    if (last !== null && atUs >= last.windowUs && atUs < last.windowUs + EVIDENCE_WINDOW_US) return last;
    return this.#turnTo(atUs - (atUs % EVIDENCE_WINDOW_US));
  }

  take(): EvidenceCell[] {
    const cells = [...this.#cells.values()].map((cell) => cell.close());
    this.#cells.clear();
    this.#last = null;
    return cells;
  }

  #turnTo(windowUs: number): OpenCell {
    let cell = this.#cells.get(windowUs);
    if (cell === undefined) {
      this.#recorder.opening(this);
      cell = new OpenCell(this.#subject, windowUs);
      this.#cells.set(windowUs, cell);
    }
    this.#last = cell;
    return cell;
  }
}
