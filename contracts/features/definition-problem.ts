import type { Finding } from '../errors/finding.js';
import { SignalboxError } from '../errors/signalbox-error.js';
import { checkExpression, type ExpressionType, type Variables } from './expression/index.js';

/** What is wrong with the meaning of a document that is right in form. `field` is a path in it, such as `aggregations[0].input`. */
export interface DefinitionProblem {
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
}

/** Checks an expression and tells what is wrong with it; answers its type, or null. */
export function expressionType(
  problems: DefinitionProblem[],
  {
    field,
    text,
    variables,
    expected,
  }: {
    readonly field: string;
    readonly text: string;
    readonly variables: Variables;
    readonly expected: readonly ExpressionType[];
  },
): ExpressionType | null {
  const check = checkExpression(text, variables, expected);
  if (check.ok) return check.type;
  const { message, hint, start } = check.problem;
  problems.push({ field, message: `${message} (at character ${start + 1})`, ...(hint === undefined ? {} : { hint }) });
  return null;
}

/** With the path and no lines: who has the text knows them. */
function problemFindings(file: string, problems: readonly DefinitionProblem[]): Finding[] {
  return problems.map(({ field, message, hint }) => ({
    code: 'definition/invalid',
    severity: 'error',
    message,
    place: { file, field },
    ...(hint === undefined ? {} : { hint }),
  }));
}

/** Throws `input/invalid-documents` with all of them, if there are any. */
export function assertNoProblems(file: string, problems: readonly DefinitionProblem[]): void {
  const [first] = problems;
  if (!first) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new SignalboxError('input/invalid-documents', `${file}: ${first.field}: ${first.message}${more}`, {
    hint: first.hint ?? 'Run `signalbox validate` for all findings.',
    findings: problemFindings(file, problems),
  });
}
