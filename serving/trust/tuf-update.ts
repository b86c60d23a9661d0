import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import type { BlobStore } from '../stores/index.js';
import { manifestTarget, trustPrefix } from './layout.js';
import { TRUST_LIMITS } from './limits.js';
import { messageOf, Refusal } from './refusal.js';
import { parseRollout } from './signed-metadata.js';
import { fetchBase, StoreFetcher } from './store-fetcher.js';
import { manifestTargets, matchesTarget, type RepositoryBytes } from './verify-repository.js';

export interface TufUpdateOptions {
  readonly store: BlobStore;
  readonly environment: string;
  /** The newest root that is trusted already. */
  readonly root: Uint8Array;
  readonly timestamp: Uint8Array;
  readonly trusted: RepositoryBytes | null;
  /** An empty folder: `tuf-js` writes metadata in place before an update is finished, so it works on a copy. */
  readonly workDir: string;
}

/**
 * Runs the client workflow of the TUF specification (section 5) by `tuf-js`, from the trusted state to what `timestamp` says, and
 * downloads every manifest that is new. Touches nothing but `workDir`. Throws `Refusal`.
 */
export async function tufUpdate(options: TufUpdateOptions): Promise<RepositoryBytes> {
  const { environment, store, workDir } = options;
  const prefix = trustPrefix(environment);
  const known = new Map([['timestamp.json', options.timestamp]]);
  const fetcher = new StoreFetcher(store, { prefix, workDir, known });
  await copyTrusted(options);
  try {
    const updater = new Updater({
      metadataDir: workDir,
      metadataBaseUrl: fetchBase(prefix),
      targetBaseUrl: `${fetchBase(prefix)}/targets`,
      fetcher,
      config: {
        rootMaxLength: TRUST_LIMITS.rootBytes,
        timestampMaxLength: TRUST_LIMITS.timestampBytes,
        snapshotMaxLength: TRUST_LIMITS.snapshotBytes,
        targetsMaxLength: TRUST_LIMITS.targetsBytes,
        maxRootRotations: TRUST_LIMITS.rootRotations,
      },
    });
    await updater.refresh();
    // Any path of the delegation makes it load and verify the role; only then are its targets known.
    await updater.getTargetInfo(manifestTarget('any'));
    const manifests = await downloadManifests(updater, options);
    return { roots: newRoots(fetcher, options.trusted), manifests, ...(await readRoles(workDir)) };
  } catch (cause) {
    if (fetcher.storeFailure) throw fetcher.storeFailure;
    if (cause instanceof Refusal) throw cause;
    throw new Refusal(`the published metadata cannot be trusted: ${plainMessage(cause)}`, { cause });
  }
}

/** `tuf-js` wraps as `Unable to load targets error RuntimeError: why`; people want the why. */
const plainMessage = (error: unknown): string =>
  messageOf(error).replace(/^Unable to load (\w+)(?: metadata)? error (?:\w+: )?/, '$1: ');

async function copyTrusted({ root, trusted, workDir }: TufUpdateOptions): Promise<void> {
  const files: [string, Uint8Array][] = [['root', root]];
  if (trusted) {
    const { timestamp, snapshot, targets, rollout } = trusted;
    files.push(['timestamp', timestamp], ['snapshot', snapshot], ['targets', targets], ['rollout', rollout]);
  }
  await Promise.all(files.map(([role, bytes]) => writeFile(join(workDir, `${role}.json`), bytes)));
}

async function readRoles(workDir: string) {
  const read = (role: string): Promise<Uint8Array> => readFile(join(workDir, `${role}.json`));
  const [timestamp, snapshot, targets, rollout] = await Promise.all(
    ['timestamp', 'snapshot', 'targets', 'rollout'].map(read),
  );
  return { timestamp: timestamp!, snapshot: snapshot!, targets: targets!, rollout: rollout! };
}

async function downloadManifests(
  updater: Updater,
  options: TufUpdateOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const rollout = parseRollout(await readFile(join(options.workDir, 'rollout.json')));
  const manifests = new Map<string, Uint8Array>();
  for (const [model, listed] of manifestTargets(rollout)) {
    const cached = options.trusted?.manifests.get(model);
    if (cached && matchesTarget(listed, cached)) {
      manifests.set(model, cached);
      continue;
    }
    const target = await updater.getTargetInfo(listed.path);
    if (!target) throw new Refusal('its manifest is outside what the rollout role may sign', { model });
    const file = await updater.downloadTarget(target, join(options.workDir, `${model}.manifest`));
    manifests.set(model, await readFile(file));
  }
  return manifests;
}

/** The chain so far and what this refresh walked through. */
function newRoots(fetcher: StoreFetcher, trusted: RepositoryBytes | null): readonly Uint8Array[] {
  const walked = [...fetcher.delivered]
    .map(([name, bytes]) => ({ version: Number(/^(\d+)\.root\.json$/.exec(name)?.[1] ?? Number.NaN), bytes }))
    .filter(({ version }) => Number.isInteger(version))
    .sort((a, b) => a.version - b.version)
    .map(({ bytes }) => bytes);
  return [...(trusted?.roots ?? []), ...walked];
}
