import type { Workspace } from '@signalbox/contracts';
import type { Outcome } from './statement.js';

type Versions = Pick<Workspace, 'versions'>;

/** The documents where a branch left the main branch, at its head, and on the main branch now. */
export interface Sides {
  readonly before: Versions;
  readonly after: Versions;
  readonly main: Versions;
}

/**
 * Two pull requests may claim one version number: each was judged while the other was not merged. The one that is merged first has it, and the record of the
 * other, which is in its branch, names another package by the same number. What else was found of such a model does not count any more.
 */
export function withTaken(outcomes: readonly Outcome[], sides: Sides): readonly Outcome[] {
  const taken = takenNumbers(sides);
  const models = new Set(taken.map(({ model }) => model));
  return [...outcomes.filter((one) => one.kind === 'untrusted' || !models.has(one.model)), ...taken];
}

function takenNumbers({ after, before, main }: Sides): readonly Extract<Outcome, { readonly kind: 'taken' }>[] {
  return [...after.versions].flatMap(([model, records]) =>
    [...records].flatMap(([version, record]) => {
      const there = main.versions.get(model)?.get(version);
      const isOwn = !before.versions.get(model)?.has(version);
      const isOther = there !== undefined && there.package.digest !== record.package.digest;
      return isOwn && isOther ? [{ kind: 'taken' as const, model, version }] : [];
    }),
  );
}
