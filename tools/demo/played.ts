import type { VersionRecord } from '@signalbox/contracts';
import type { ReportAct, ReportParity, ReportVersion } from '../report/index.js';
import type { Drift } from './acts/drift.js';
import type { Leak } from './acts/leak.js';
import type { Traced } from './acts/lineage.js';
import type { RollbackMeasure } from './acts/revert.js';
import type { Proposed } from './release-steps.js';
import type { Publication } from './rollout-log.js';

/** What the acts leave behind. */
export interface Played {
  readonly acts: readonly ReportAct[];
  /** What was merged, by version. */
  readonly proposed: readonly Proposed[];
  readonly rollback: RollbackMeasure;
  readonly leaked: Leak;
  readonly parity: ReportParity;
  readonly drifted: Drift;
  readonly traced: Traced;
  /** Event time at the end of the rollout's story: what came after is not in its plots. */
  readonly actsEndUs: number;
  /** As `performance.now()` counts. */
  readonly startedAt: number;
}

/** The same, with what was read from Git, the store and the reconciler's log at the end. */
export interface Measured extends Played {
  readonly publications: readonly Publication[];
  readonly versions: readonly DemoVersion[];
  readonly rollbackSeconds: number;
  /** From the start of the demo until everything was measured. */
  readonly wallSeconds: number;
}

export interface DemoVersion extends ReportVersion {
  readonly record: VersionRecord;
}
