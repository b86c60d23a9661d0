import type { RunRecord } from '@signalbox/contracts';

export interface Difference {
  /** What differs: `parameters.depth`, `dataset`, `reported.training_log_loss`. */
  readonly field: string;
  readonly before: string | number | boolean | null;
  readonly after: string | number | boolean | null;
}

const INPUTS = ['commit', 'dataset', 'features', 'codeTree', 'environment', 'seed'] as const;

/** What two runs were given and reported differently; inputs first, so that the reason comes before the effect. */
export function compareRuns(before: RunRecord, after: RunRecord): readonly Difference[] {
  return [
    ...INPUTS.map((field) => ({ field, before: before[field], after: after[field] })),
    ...compareMaps('parameters', before.parameters, after.parameters),
    ...compareMaps('reported', before.reported, after.reported),
    { field: 'onnx', before: before.onnx.digest, after: after.onnx.digest },
  ].filter((each) => each.before !== each.after);
}

function compareMaps(
  prefix: string,
  before: Readonly<Record<string, string | number | boolean>>,
  after: Readonly<Record<string, string | number | boolean>>,
): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.map((name) => ({
    field: `${prefix}.${name}`,
    before: before[name] ?? null,
    after: after[name] ?? null,
  }));
}
