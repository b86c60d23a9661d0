import { EVIDENCE_WINDOW_US, type EvidenceCell, type EvidenceRoute } from '@signalbox/contracts';
import { type CellSubject, OpenCell } from './open-cell.js';

/** Open at once, over all models, versions and windows; about 10 KB each. More are only ever open where callers choose T. */
const MAX_OPEN_CELLS = 256;

/** Where one version counts what it does in each role under one manifest. */
export type VersionEvidence = Readonly<Record<EvidenceRoute, RouteEvidence>>;

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

  version(subject: Omit<CellSubject, 'route'>): VersionEvidence {
    const route = (name: EvidenceRoute): RouteEvidence => new RouteEvidence(this, { ...subject, route: name });
    return {
      champion: route('champion'),
      candidate: route('candidate'),
      shadow: route('shadow'),
      segment: route('segment'),
      fallback: route('fallback'),
      rule: route('rule'),
    };
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

/** The cells of one version in one role, by window; almost always one is open. */
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
