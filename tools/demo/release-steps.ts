import { SignalboxError, type Verdict } from '@signalbox/contracts';
import { ENVIRONMENT, MODEL, type Stage } from './stage.js';

/** What `signalbox propose --json` answers, as far as the demo needs it. */
export interface Proposed {
  readonly version: number;
  readonly verdicts: readonly Verdict[];
  /** Of the package that was made of it. */
  readonly package: string;
  readonly pullRequest: { readonly number: number; readonly title: string };
  /** Digests of the evaluation records: candidate and champion on the same rows. */
  readonly evaluation: { readonly candidate: string; readonly champion: string | null };
}

/** On the local forge a name is enough; on GitHub this would be a review. */
const REVIEWER = 'reviewer';

/** Proposes what the branch holds, and merges its pull request as a person would. */
export async function proposeVersion(stage: Stage, branch: string): Promise<Proposed> {
  const { shell } = stage;
  const proposed = (await shell.signalbox('propose', MODEL)) as Proposed;
  if (!Number.isInteger(proposed.version))
    throw new SignalboxError('internal/bug', 'signalbox propose answered no version number');
  await shell.git('switch', '--quiet', 'main');
  await shell.git('merge', '--quiet', '--no-ff', '-m', mergeMessage(proposed.pullRequest.number, branch), branch);
  await shell.git('push', '--quiet', 'origin', 'main');
  return proposed;
}

/** Merges what a bot has pushed and proposed. */
export async function mergeBranch({ shell }: Stage, branch: string): Promise<void> {
  await shell.git('fetch', '--quiet', 'origin');
  const title = await shell.quietGit('log', '-1', '--format=%s', `origin/${branch}`);
  await shell.git('merge', '--quiet', '--no-ff', '-m', `Merge "${title}"`, `origin/${branch}`);
  await shell.git('push', '--quiet', 'origin', 'main');
}

/** Fills the online store with the version's views, then releases it: a pull request of one line, approved and merged. */
export async function releaseVersion(
  { shell }: Stage,
  version: number,
  { strategy }: { readonly strategy?: string } = {},
): Promise<void> {
  await shell.signalbox('materialize', '--env', ENVIRONMENT, '--backfill', `${MODEL}@${version}`);
  const by = strategy === undefined ? [] : ['--strategy', strategy];
  const release = ['--env', ENVIRONMENT, '--version', String(version), ...by, '--approve-as', REVIEWER, '--merge'];
  await shell.signalbox('promote', MODEL, ...release);
  await shell.git('pull', '--quiet', '--ff-only');
}

const mergeMessage = (number: number, branch: string): string => `Merge pull request #${number}: ${branch}`;
