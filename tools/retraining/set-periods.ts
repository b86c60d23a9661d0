import { readYaml, SignalboxError } from '@signalbox/contracts';
import { isScalar } from 'yaml';
import type { Periods } from './periods.js';

/** The text of a model.yaml with other periods. Every other byte stays: comments and order are the authors'. Errors: `internal/bug`. */
export function setPeriods(text: string, periods: Periods): string {
  const document = readYaml(text);
  const changes = (['training', 'evaluation'] as const).flatMap((part) =>
    (['from', 'to'] as const).map((end) => {
      const node = document?.getIn([part, 'period', end], true);
      if (!isScalar(node) || !node.range) throw missing(`${part}.period.${end}`);
      const [start, stop] = node.range;
      return { start, stop, value: periods[part][end] };
    }),
  );
  // From the end on, so that the places before it stay true.
  changes.sort((a, b) => b.start - a.start);
  return changes.reduce(
    (changed, { start, stop, value }) => changed.slice(0, start) + value + changed.slice(stop),
    text,
  );
}

function missing(field: string): SignalboxError {
  return new SignalboxError('internal/bug', `expected a plain value at ${field} in a model.yaml that was found valid`);
}
