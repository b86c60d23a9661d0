import { compileExpression } from '@signalbox/contracts';

/** The last resort: features by name (null where unknown) to a score, or null when even that gives none. */
export type Rule = (features: Readonly<Record<string, number | null>>) => number | null;

/**
 * Compiles the rule baseline over every feature that some package of the manifest has: a rule stays valid when a rollback takes a feature away,
 * which is then null. Throws `input/bad-expression`.
 */
export function compileRule(text: string, featureNames: Iterable<string>): Rule {
  const variables = Object.fromEntries([...featureNames].map((name) => [name, 'double' as const]));
  const evaluate = compileExpression(text, variables);
  return (features) => {
    const value = evaluate(features);
    if (typeof value === 'boolean') return value ? 1 : 0;
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
}
