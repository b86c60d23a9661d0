import type { Workspace } from '@signalbox/contracts';
import { changedPaths, type GitRepository } from '../../forge/index.js';

interface RecordedChange {
  readonly git: GitRepository;
  readonly before: Workspace;
  readonly after: Workspace;
  readonly head: string;
}

/** Nothing else than records has come since the commit that was trained. */
const RECORD = /^models\/[^/]+\/versions\/[^/]+$/;

/**
 * Of these models, those whose new record at the head speaks of all that the head is made of: the commit that only brings a record is no candidate of its own,
 * and is not trained again. Whether the record was earned is not asked here: the check on that very commit says so.
 */
export async function recordedCandidates(
  models: readonly string[],
  change: RecordedChange,
): Promise<readonly string[]> {
  const recorded: string[] = [];
  for (const model of models) if (await isRecorded(model, change)) recorded.push(model);
  return recorded;
}

async function isRecorded(model: string, { after, before, git, head }: RecordedChange): Promise<boolean> {
  const known = before.versions.get(model);
  const added = [...(after.versions.get(model) ?? [])].filter(([version]) => !known?.has(version));
  for (const [, { commit }] of added) {
    const trained = await git.commitOf(commit);
    if (trained === null) continue;
    const changed = await changedPaths(git.folder, trained, head);
    if (changed.every((path) => RECORD.test(path))) return true;
  }
  return false;
}
