import { TIME_BOUNDS } from '../../documents/time-bounds.js';
import { findingAt } from '../document-set.js';
import type { Check } from './check.js';
import { checkDuration } from './durations.js';

/** A number is one query, a rate is two: anything else says nothing. */
export const checkMetric: Check<'metric'> = function* (file) {
  const metric = file.document;
  if (metric.kind === 'command') {
    yield* checkDuration(file, ['timeout'], {
      ...{ text: metric.timeout, bounds: TIME_BOUNDS.metricProgram },
      tooShort: 'no program prints its value in that time',
      tooLong: 'a pass waits for it, and every revert with it',
    });
  }
  if (metric.kind !== 'prometheus') return;
  const asNumber = metric.query !== undefined;
  const [successes, total] = [metric.successes !== undefined, metric.total !== undefined];
  if (asNumber ? !successes && !total : successes && total) return;
  yield findingAt(file, [], {
    code: 'rule/conflict',
    message: 'expected either "query", for a number, or "successes" and "total", for a rate',
    hint: 'Keep one of the two forms.',
  });
};
