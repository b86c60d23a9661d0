import { freezeProblems, type Head, problemsOf } from './head.js';

/**
 * Errors of the documents that say what runs of a model, and by which steps, that no reason tells yet. They stop nothing as long as nothing is to move; whoever
 * made them should know before it is.
 */
export function overlookedOf(
  { environment, head, model }: { readonly environment: string; readonly head: Head; readonly model: string },
  reasons: readonly string[],
): readonly string[] {
  const here = problemsOf(head, ['environment', environment]);
  const problems = problemsOf(head, ['release', `${environment}/${model}`]).filter((one) => !here.includes(one));
  return problems.filter((problem) => !reasons.some((reason) => reason.includes(problem))).map(nothingMoves);
}

/** The same of what holds for every model of an environment: its document, its policy, and freezes that cannot be read. */
export function overlookedHere(head: Head, environment: string): readonly string[] {
  const freezes = freezeProblems(head, environment).map((one) => `a freeze cannot be read, so it is in force: ${one}`);
  return [...problemsOf(head, ['environment', environment]), ...freezes];
}

export const nothingMoves = (problem: string): string => `${problem}: nothing starts or moves on by it`;
