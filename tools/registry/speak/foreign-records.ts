import type { Workspace } from '@signalbox/contracts';
import { visible } from '../../handover/index.js';
import type { CommitPlan } from '../../release/index.js';
import { versionPath } from '../version-record.js';
import type { Outcome } from './statement.js';

/** Everything that merging changes where version records lie. */
export const recordPathsOf = ({ changedPaths }: Pick<CommitPlan, 'changedPaths'>): readonly string[] =>
  changedPaths.filter((path) => RECORD.test(path));

/**
 * Version records that merging adds, edits or removes and that no verdict earned here. A record is what releases trust, so none gets in by being written
 * into a branch; one that is about to be written over by the real one does no harm. Pure.
 */
export function foreignRecords(
  { changedPaths }: Pick<CommitPlan, 'changedPaths'>,
  main: Workspace,
  outcomes: readonly Outcome[],
): Outcome[] {
  const earned = new Set(
    outcomes.flatMap((one) => (one.kind === 'recorded' ? [versionPath(one.model, one.version)] : [])),
  );
  return recordPathsOf({ changedPaths })
    .filter((path) => !earned.has(path))
    .map((path) => {
      const [, model = '', file = ''] = RECORD.exec(path)!;
      const isKnown = main.versions.get(model)?.has(Number(file.replace(/\.yaml$/, ''))) === true;
      const what = isKnown
        ? 'is a record of the main branch, and records are never changed'
        : 'was written by no judge';
      return { kind: 'untrusted', model: null, sentence: `${visible(path)} ${what}. Take it out of the branch.` };
    });
}

const RECORD = /^models\/([^/]+)\/versions\/(.*)$/s;
