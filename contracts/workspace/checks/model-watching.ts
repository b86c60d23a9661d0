import { TIME_BOUNDS } from '../../documents/time-bounds.js';
import type { Finding } from '../../errors/finding.js';
import { EVIDENCE_WINDOW_US } from '../../evidence/segment.js';
import { parseDurationUs } from '../../time/duration.js';
import { findingAt } from '../document-set.js';
import type { ReadableFile } from './check.js';
import { checkDuration } from './durations.js';

type ModelFile = ReadableFile<'model'>;

/** How a model is watched and trained anew: evidence is counted by the hour, and a period must have a length. */
export function* checkWatching(file: ModelFile): Iterable<Finding> {
  const { monitoring, retraining } = file.document;
  const windowUs = parseDurationUs(monitoring.window);
  if (windowUs === 0 || windowUs % EVIDENCE_WINDOW_US !== 0) {
    yield findingAt(file, ['monitoring', 'window'], {
      code: 'rule/conflict',
      message: `${monitoring.window} is not a number of whole hours above 0`,
      hint: 'Evidence is counted by the hour: write 6h, 1d or 7d.',
    });
  } else {
    yield* checkDuration(file, ['monitoring', 'window'], {
      ...{ text: monitoring.window, bounds: TIME_BOUNDS.monitoring },
      tooShort: 'evidence is counted by the hour',
      tooLong: 'no window would ever be full',
    });
  }
  yield* checkDuration(file, ['retraining', 'every'], {
    ...{ text: retraining.every, bounds: TIME_BOUNDS.retraining },
    tooShort: 'a new version would be due before the last is trained',
    tooLong: 'no new version would ever be due',
  });
  const { windows, of } = monitoring.drift.persistence;
  if (windows > of) {
    yield findingAt(file, ['monitoring', 'drift', 'persistence', 'windows'], {
      code: 'rule/conflict',
      message: `${windows} windows can never drift of the latest ${of}`,
      hint: 'Ask for at most as many as are looked at.',
    });
  }
  for (const name of ['trainingWindow', 'evaluationWindow'] as const) {
    if (parseDurationUs(retraining[name]) > 0) continue;
    yield findingAt(file, ['retraining', name], {
      code: 'rule/conflict',
      message: 'a period without length has no rows',
      hint: 'Write how much data is taken, such as 30d.',
    });
  }
}
