import { listRuns } from '../../tracking/index.js';
import { readPublished } from '../../trust/index.js';
import { answeredBy } from './answered.js';
import { asOfCommit, type LineageContext } from './context.js';
import { listSnapshots } from './data.js';
import type { LineageFacts, ManifestFacts, ReleaseFacts, RunFacts, VersionFacts } from './facts.js';
import { gatherMade } from './gather-made.js';
import { manifestChain } from './manifests.js';
import { releaseFacts, releasesOf, withRelease } from './releases.js';
import { runFacts } from './runs.js';
import { versionAt } from './versions.js';

/** Everything that Git and the store know of an environment: runs that became no version and snapshots that nobody used included. */
export async function gatherAll(context: LineageContext): Promise<LineageFacts> {
  const { environment, head, store } = context;
  const { workspace } = await context.workspaceAt(head);
  const published = (await readPublished(context.trust))?.manifests.keys() ?? [];
  const models = await Promise.all(
    [...new Set([...workspace.models.keys(), ...published])].map((model) => gatherModel(context, model)),
  );
  const versions = models.flatMap((one) => one.versions);
  const snapshots = [...(await listSnapshots(store)).values()].flat();
  const runs = models.flatMap((one) => one.runs);
  return {
    environment,
    ...(await gatherMade(context, versions, { runs, snapshots })),
    versions,
    releases: models.flatMap((one) => one.releases),
    manifests: models.flatMap((one) => one.manifests),
    prediction: null,
    ...(await answeredBy(context, versions)),
  };
}

interface ModelFacts {
  readonly versions: readonly VersionFacts[];
  readonly runs: readonly RunFacts[];
  readonly releases: readonly ReleaseFacts[];
  readonly manifests: readonly ManifestFacts[];
}

async function gatherModel(context: LineageContext, model: string): Promise<ModelFacts> {
  const history = await releasesOf(context, model);
  const manifests: ManifestFacts[] = [];
  for await (const found of manifestChain(context, model)) manifests.push(withRelease(found, history));
  const runs: RunFacts[] = [];
  for (const run of await listRuns(context.store, model)) runs.push(await runFacts(context, run));
  const releases: ReleaseFacts[] = [];
  for (const state of history.states) {
    releases.push(await releaseFacts(context, model, { path: history.path, state, doubt: null }));
  }
  return { versions: await versionsOf(context, model, manifests), runs, releases, manifests: manifests.reverse() };
}

/** Those of the head, and those that only an older manifest still names. */
async function versionsOf(
  context: LineageContext,
  model: string,
  manifests: readonly ManifestFacts[],
): Promise<readonly VersionFacts[]> {
  const { workspace } = await context.workspaceAt(context.head);
  const commits = new Map<number, { readonly commit: string; readonly package: string | null }>();
  for (const version of workspace.versions.get(model)?.keys() ?? []) {
    commits.set(version, { commit: context.head, package: null });
  }
  for (const { manifest } of manifests) {
    for (const { digest, version } of manifest.packages) {
      if (!commits.has(version))
        commits.set(version, { commit: await asOfCommit(context, manifest.commit), package: digest });
    }
  }
  const found = [...commits].sort(([a], [b]) => a - b);
  return Promise.all(
    found.map(([version, at]) => versionAt(context, at.commit, { model, version, package: at.package })),
  );
}
