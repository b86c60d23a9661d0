import { findingAt } from '../document-set.js';
import type { Check } from './check.js';

/** A number is one query, a rate is two: anything else says nothing. */
export const checkMetric: Check<'metric'> = function* (file) {
  const metric = file.document;
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
