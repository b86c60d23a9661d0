import type { Model } from '@signalbox/contracts';

/** One rule of judgement that the branch changes. */
export interface ThresholdChange {
  /** Path in model.yaml, such as `gates.quality.auc.min`. */
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/**
 * What a branch changes of the rules that it is judged by, against the main branch: its own thresholds, metrics, slices and evaluation
 * period. They are allowed to change, and a reviewer must see it before the verdicts.
 */
export function thresholdChanges(before: Model | undefined, after: Model): readonly ThresholdChange[] {
  if (before === undefined) return [];
  const old = flatten(rulesOf(before));
  const now = flatten(rulesOf(after));
  const fields = [...new Set([...old.keys(), ...now.keys()])].sort();
  return fields
    .filter((field) => old.get(field) !== now.get(field))
    .map((field) => ({ field, before: old.get(field) ?? 'nothing', after: now.get(field) ?? 'nothing' }));
}

const rulesOf = ({ gates, evaluation, riskTier, label }: Model) => ({ gates, evaluation, riskTier, label });

function flatten(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path, JSON.stringify(value)]]);
  const entries = Object.entries(value).flatMap(([name, each]) => [
    ...flatten(each, path === '' ? name : `${path}.${name}`),
  ]);
  return new Map(entries);
}
