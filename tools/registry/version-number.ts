import type { GitRepository } from '../forge/index.js';

/**
 * The next version number: one more than any that the history of `base` ever had, so that a number once used is never used again, also
 * after a revert. Two branches may claim the same number; they then conflict in Git, and the second has to be gated again.
 */
export async function nextVersionNumber(git: GitRepository, model: string, base: string): Promise<number> {
  // Without --full-history Git leaves out side branches whose outcome was undone; merges show what they brought.
  const args = [
    'log',
    '--full-history',
    '--diff-merges=separate',
    '--name-only',
    '--format=',
    base,
    '--',
    `models/${model}/versions`,
  ];
  const paths = (await git.run(args)).split('\n');
  const used = paths.map((path) => Number(/\/versions\/(\d+)\.yaml$/.exec(path)?.[1] ?? 0));
  return Math.max(0, ...used) + 1;
}

/** The newest commit that changed more than version records: what was trained, whatever the pipeline committed on top. */
export async function trainedCommit(git: GitRepository, revision = 'HEAD'): Promise<string> {
  const records = ':(top,exclude,glob)models/*/versions/**';
  const found = await git.run(['log', '-1', '--format=%H', revision, '--', ':(top)', records]);
  return found === '' ? git.requireCommit(revision) : found;
}
