import { runPlumbingLine } from '../../forge/index.js';
import { type ReleaseState, releaseHistory, releasePath } from '../../release/index.js';
import { changeOf } from './changes.js';
import type { LineageContext } from './context.js';
import type { ManifestFacts, ReleaseFacts } from './facts.js';
import type { ProvenManifest } from './manifests.js';

/** What a model's release file asked for, state by state, oldest first, and which of them stood at a commit. */
export interface Releases {
  readonly path: string;
  readonly states: readonly ReleaseState[];
  /** The state that stood at a commit of the main branch; null for a commit that it does not have, or before the first state. */
  standingAt(commit: string): ReleaseState | null;
}

export async function releasesOf({ environment, head, repository }: LineageContext, model: string): Promise<Releases> {
  const path = releasePath(environment, model);
  const states = await releaseHistory(repository, head, path);
  const commits = (await runPlumbingLine(repository, ['rev-list', '--first-parent', '--reverse', head])).split('\n');
  const order = new Map(commits.map((commit, at) => [commit, at]));
  const before = (state: ReleaseState, commit: string) => order.get(state.commit)! <= (order.get(commit) ?? -1);
  return {
    path,
    states,
    standingAt: (commit) => states.findLast((state) => before(state, commit)) ?? null,
  };
}

export function withRelease(manifest: ProvenManifest, releases: Releases): ManifestFacts {
  return { ...manifest, release: releases.standingAt(manifest.manifest.commit)?.commit ?? null };
}

/** The states that asked for a version and stood at a commit, or did before it, newest first. */
export function statesAsking(releases: Releases, version: number, commit: string): readonly ReleaseState[] {
  const standing = releases.standingAt(commit);
  const until = standing === null ? -1 : releases.states.indexOf(standing);
  const states = releases.states.slice(0, until + 1).filter((state) => state.version === version);
  return states.reverse();
}

export async function releaseFacts(
  context: LineageContext,
  model: string,
  { path, state, doubt }: { readonly path: string; readonly state: ReleaseState; readonly doubt: string | null },
): Promise<ReleaseFacts> {
  return { model, version: state.version, path, change: await changeOf(context, state.commit), doubt };
}
