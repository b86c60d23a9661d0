import { checkExpression, compileExpression, type Variables } from '@signalbox/contracts';

/** The last resort: features by name (null where unknown) to a score, or null when even that gives none. */
export type Rule = (features: Readonly<Record<string, number | null>>) => number | null;

/**
 * Compiles the rule baseline over features by name. One that nobody here knows is null: a rollback may have taken it away, or the package that has it cannot
 * be used. All are doubles, so nothing else of the rule depends on knowing it. Throws `input/bad-expression` for what is wrong in any other way.
 */
export function compileRule(text: string, featureNames: Iterable<string>): Rule {
  const names = new Set(featureNames);
  const variables = () => Object.fromEntries([...names].map((name) => [name, 'double' as const]));
  for (let unknown = unknownIn(text, variables()); unknown !== null; unknown = unknownIn(text, variables()))
    names.add(unknown);
  const evaluate = compileExpression(text, variables());
  return (features) => {
    const value = evaluate(features);
    if (typeof value === 'boolean') return value ? 1 : 0;
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
}

function unknownIn(text: string, variables: Variables): string | null {
  const check = checkExpression(text, variables);
  return check.ok ? null : (check.problem.unknown ?? null);
}
