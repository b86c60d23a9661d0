import type { Verdict } from '@signalbox/contracts';
import type { SignalWindow } from './drift/judge-window.js';
import type { QualityReport } from './quality/judge-quality.js';
import type { TrafficShares, Window, WindowEvidence } from './windows.js';

/** What monitoring found: verdicts for people and for triggers, and the numbers that plots are drawn from. */
export interface MonitorReport extends Window {
  readonly environment: string;
  readonly model: string;
  readonly live: { readonly version: number; readonly package: string };
  readonly windows: readonly MonitoredWindow[];
  readonly signals: readonly MonitoredSignal[];
  /** Null where no outcome is looked at. */
  readonly quality: QualityReport | null;
  /** `drift/*` and `quality/*`. */
  readonly verdicts: readonly Verdict[];
  /** Evidence that could not be used, in words. */
  readonly problems: readonly string[];
}

export interface MonitoredWindow extends Window {
  readonly coverage: WindowEvidence['coverage'];
  readonly traffic: TrafficShares;
}

export interface MonitoredSignal {
  readonly name: string;
  readonly kind: 'feature' | 'score';
  readonly verdict: Verdict;
  /** The bins in words, with the shares of the reference and of the judged windows: as long as each other. `live` is null without any. */
  readonly labels: readonly string[];
  readonly reference: readonly number[];
  readonly live: readonly number[] | null;
  readonly threshold: number;
  /** As long as the report's windows. */
  readonly windows: readonly SignalWindow[];
}
