import { type Finding, formatPlace, SignalboxError, type VersionRecord, type Workspace } from '@signalbox/contracts';
import { readWorkspaceCommit } from '../forge/index.js';

export interface Champion {
  readonly version: number;
  readonly record: VersionRecord;
}

/** The main branch as the judge: its policies, its releases, its thresholds. */
export interface Judge {
  readonly commit: string;
  readonly workspace: Workspace;
  readonly findings: readonly Finding[];
}

export async function openJudge(repo: string, commit: string): Promise<Judge> {
  return { commit, ...(await readWorkspaceCommit(repo, commit)) };
}

/**
 * The version that an environment's release file asks for, or null before the first release. A release that cannot be read is an error, not a
 * first release: a candidate must not get past its champion because a file is broken. Throws `input/invalid-documents`, `input/unknown-reference`.
 */
export function championOf(judge: Judge, environment: string, model: string): Champion | null {
  const path = `releases/${environment}/${model}.yaml`;
  const files = [path, `releases/${environment}/environment.yaml`];
  const broken = judge.findings.filter(({ severity, place }) => severity === 'error' && files.includes(place.file));
  if (broken.length > 0) {
    throw new SignalboxError(
      'input/invalid-documents',
      `the main branch does not say what is live: ${formatPlace(broken[0]!.place)}`,
      {
        findings: broken,
        hint: 'Mend the main branch first; a candidate is compared with the version that it names.',
      },
    );
  }
  const release = judge.workspace.environments.get(environment)?.releases.get(model);
  if (release === undefined) return null;
  const record = judge.workspace.versions.get(model)?.get(release.version);
  if (record !== undefined) return { version: release.version, record };
  throw new SignalboxError(
    'input/unknown-reference',
    `${path} on the main branch asks for version ${release.version}, which has no readable record`,
    {
      hint: `Mend models/${model}/versions/${release.version}.yaml on the main branch.`,
    },
  );
}
