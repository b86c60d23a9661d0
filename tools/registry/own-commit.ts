import { letsThrough, SignalboxError } from '@signalbox/contracts';
import { type Forge, isAncestor } from '../forge/index.js';
import type { Judge } from './champion.js';
import type { Judged } from './judge.js';
import type { Pipeline } from './pipeline.js';

export interface Branch {
  readonly name: string;
  /** False where the main branch has all its commits: there is nothing that a pull request could show. */
  readonly hasOwnCommit: boolean;
}

/**
 * Whether a branch can come to a pull request, before anything is trained. A first version may be proposed without a commit: its record is one. Throws
 * `release/refused` where the model has a version, or where the record comes only after the pull request.
 */
export async function branchToPropose(
  { git, model }: Pipeline,
  { forge, judge, name }: { readonly forge: Pick<Forge, 'kind'>; readonly judge: Judge; readonly name: string },
): Promise<Branch> {
  const hasOwnCommit = !(await isAncestor(git.folder, await git.requireCommit('HEAD'), judge.commit));
  const isFirst = (judge.workspace.versions.get(model)?.size ?? 0) === 0;
  if (hasOwnCommit || (isFirst && forge.kind === 'local')) return { name, hasOwnCommit };
  throw new SignalboxError('release/refused', `the branch "${name}" has no commit that the main branch does not have`, {
    hint: `Commit on it what changes ${model}, such as another training.seed. Where only data outside Git is newer, commit with --allow-empty; where nothing is, training makes the package that there is already, and that is refused.`,
  });
}

/** A refused candidate gets no record, so a branch without a commit has nothing to open a pull request of. Throws `release/refused`. */
export function assertCanShow({ name, hasOwnCommit }: Branch, { letThrough, verdict, verdicts }: Judged): void {
  if (letThrough || hasOwnCommit) return;
  const refused = verdicts.filter((one) => !letsThrough(one.verdict));
  const told = refused.slice(0, TOLD).map(({ id, sentence }) => `${id}: ${sentence}`);
  const more = refused.length > TOLD ? [`and ${refused.length - TOLD} more`] : [];
  throw new SignalboxError(
    'release/refused',
    `the gates refuse this candidate of ${verdict.model}, and the branch "${name}" has no commit to open a pull request of\n${[...told, ...more].join('\n')}`,
    { hint: 'Commit what makes it better on the branch, and propose again.' },
  );
}

const TOLD = 5;
