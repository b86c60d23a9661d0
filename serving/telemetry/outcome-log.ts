import type { OutcomeRecord } from '@signalbox/contracts';
import type { LogOptions } from './prediction-log.js';
import { SegmentLog } from './segment-log.js';

/** Every outcome that came back, as JSON Lines of `OutcomeRecord` under `evidence/<env>/<pod>/outcomes/`. Never sampled. */
export class OutcomeLog {
  readonly segments: SegmentLog<OutcomeRecord>;

  constructor({ environment, pod, ...rest }: LogOptions) {
    this.segments = new SegmentLog({
      ...rest,
      prefix: `evidence/${environment}/${pod}/outcomes`,
      serialise: (record) => JSON.stringify(record),
    });
  }

  append(outcome: OutcomeRecord): void {
    this.segments.append(outcome);
  }
}
