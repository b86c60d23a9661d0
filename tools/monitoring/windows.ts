import { type EvidenceCell, failuresOf } from '@signalbox/contracts';

/** A window of event time: from (included) to (excluded), epoch microseconds. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * The whole windows between two times, in order. Windows lie on a fixed grid from the epoch on, so two looks at the same time see the same windows;
 * one that has not ended, or that began before `fromUs`, is not whole.
 */
export function wholeWindows({ fromUs, toUs }: Window, lengthUs: number): readonly Window[] {
  const windows: Window[] = [];
  for (let from = Math.ceil(fromUs / lengthUs) * lengthUs; from + lengthUs <= toUs; from += lengthUs) {
    windows.push({ fromUs: from, toUs: from + lengthUs });
  }
  return windows;
}

/** What one version did as champion in one window, and whether that can stand for the window. */
export interface WindowEvidence extends Window {
  /**
   * `whole`: it was the champion all along. `taken-over`: another version was champion in a part of it, so hours and days of the week are missing.
   * `first`: there was no traffic in the window before, so nobody knows whether it began in the middle.
   */
  readonly coverage: 'whole' | 'taken-over' | 'first';
  /** Null without any request. */
  readonly cell: EvidenceCell | null;
}

export interface TrafficShares {
  readonly asked: number;
  /** Shares of what was asked, 0 to 1; null where nothing was. */
  readonly failed: number | null;
  readonly degraded: number | null;
}

export function trafficOf(cell: EvidenceCell | null): TrafficShares {
  if (cell === null || cell.asked === 0) return { asked: 0, failed: null, degraded: null };
  return { asked: cell.asked, failed: failuresOf(cell) / cell.asked, degraded: cell.degraded / cell.asked };
}
