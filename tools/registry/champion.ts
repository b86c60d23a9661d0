import type { VersionRecord, Workspace } from '@signalbox/contracts';
import { readWorkspaceCommit } from '../forge/index.js';

export interface Champion {
  readonly version: number;
  readonly record: VersionRecord;
}

/** The main branch as the judge: its policies, its releases, its history. */
export interface Judge {
  readonly commit: string;
  readonly workspace: Workspace;
}

export async function openJudge(repo: string, commit: string): Promise<Judge> {
  const { workspace } = await readWorkspaceCommit(repo, commit);
  return { commit, workspace };
}

/** The version that an environment's release file asks for, or null before the first release. */
export function championOf({ workspace }: Judge, environment: string, model: string): Champion | null {
  const release = workspace.environments.get(environment)?.releases.get(model);
  const record = release && workspace.versions.get(model)?.get(release.version);
  return release && record ? { version: release.version, record } : null;
}
