import {
  environmentPath,
  freezeProblems,
  type Head,
  problemIn,
  recordPath,
  releasePath,
  strategyPath,
} from './head.js';

/**
 * Errors of the documents that say what runs of a model, and by which steps, that no reason tells yet. They stop nothing as long as nothing is to move; whoever
 * made them should know before it is.
 */
export function overlookedOf(
  { environment, head, model }: { readonly environment: string; readonly head: Head; readonly model: string },
  reasons: readonly string[],
): readonly string[] {
  const release = head.workspace.environments.get(environment)?.releases.get(model);
  const named = release ? [recordPath(model, release.version), strategyPath(release.strategy)] : [];
  const problems = [releasePath(environment, model), ...named].flatMap((file) => problemIn(head, file) ?? []);
  return problems.filter((problem) => !reasons.some((reason) => reason.includes(problem))).map(nothingMoves);
}

/** The same of what holds for every model of an environment: its document, and freezes that cannot be read. */
export function overlookedHere(head: Head, environment: string): readonly string[] {
  const problem = problemIn(head, environmentPath(environment));
  const freezes = freezeProblems(head, environment).map((one) => `a freeze cannot be read, so it is in force: ${one}`);
  return problem === null ? freezes : [problem, ...freezes];
}

export const nothingMoves = (problem: string): string => `${problem}: nothing starts or moves on by it`;
