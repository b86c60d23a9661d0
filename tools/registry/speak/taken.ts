import type { Workspace } from '@signalbox/contracts';
import type { MergeConflict } from '../../forge/index.js';
import { visible } from '../../handover/index.js';
import { versionPath } from '../version-record.js';
import type { Outcome } from './statement.js';

type Versions = Pick<Workspace, 'versions'>;

/** The documents of the branch, and of the main branch now. */
export interface Sides {
  readonly head: Versions;
  readonly main: Versions;
}

/**
 * What stands against merging where it conflicts. Two pull requests may claim one version number: each was judged while the other was not merged. The one
 * that is merged first has it, and the record of the other, which is in its branch, names another package by the same number. Pure.
 */
export function conflictOutcomes({ message, paths }: MergeConflict, sides: Sides): readonly Outcome[] {
  const taken = takenNumbers(sides).filter(({ model, version }) => paths.includes(versionPath(model, version)));
  if (taken.length > 0) return taken;
  const sentence = `${visible(message.replace(/^m/, 'M'))}, so it was not planned, and no verdict counts. ${BRING_UP_TO_DATE}`;
  return [{ kind: 'conflict', model: null, sentence }];
}

const BRING_UP_TO_DATE =
  'Bring the branch up to date (git merge origin/main), solve the conflict, and propose it again (on GitHub: push).';

function takenNumbers({ head, main }: Sides): readonly Extract<Outcome, { readonly kind: 'taken' }>[] {
  return [...head.versions].flatMap(([model, records]) =>
    [...records].flatMap(([version, record]) => {
      const there = main.versions.get(model)?.get(version);
      const isOther = there !== undefined && there.package.digest !== record.package.digest;
      return isOther ? [{ kind: 'taken' as const, model, version }] : [];
    }),
  );
}
