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
  assertReadable(judge, [path, `releases/${environment}/environment.yaml`], 'what is live');
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

/**
 * What the main branch has written and cannot be read is not the same as what it does not have: a candidate must not get past its judge because a
 * file is broken. Throws `input/invalid-documents`.
 */
export function assertReadable({ findings }: Judge, files: readonly string[], what: string): void {
  const broken = findings.filter(({ severity, place }) => severity === 'error' && files.includes(place.file));
  if (broken.length === 0) return;
  throw new SignalboxError(
    'input/invalid-documents',
    `the main branch does not say ${what}: ${formatPlace(broken[0]!.place)}`,
    { findings: broken, hint: 'Mend the main branch first: it is what a candidate is judged by.' },
  );
}
