import { join, resolve } from 'node:path';
import { type Environment, SignalboxError } from '@signalbox/contracts';
import { type BlobStore, openBlobStore, openEventLog } from '@signalbox/serving/stores';
import { PodReports } from '../../evidence/index.js';
import { type Forge, GitRepository, LocalForge, openForge, runPlumbingLine } from '../../forge/index.js';
import { keysDir, loadKeys, parseKeyLine } from '../../trust/index.js';
import { gitOf } from '../bots/git.js';
import { MAIN_BRANCH, MainBranch } from '../branch/main-branch.js';
import { environmentPath } from '../desired/desired.js';
import { rootPath } from '../desired/head.js';
import { PackageStock } from '../desired/package-stock.js';
import { SoakReader } from '../desired/soak.js';
import { checkouts, openMetricReader } from '../metrics/index.js';
import { Promotions } from '../promotion/index.js';
import { Withdrawals } from '../withdrawal/index.js';
import type { PassTools } from './pass.js';
import { syncProblem } from './sync.js';

export interface EnvironmentAddress {
  /** The folder that relative store addresses and the key folder are relative to. */
  readonly repo: string;
  readonly environment: string;
  /** The bare repository that has the main branch; the remote `origin` of `repo` unless given. */
  readonly forge?: string;
  readonly branch?: string;
  /** What programs of metrics may see of our environment is taken from this, and what Prometheus is told; nothing unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly wallNow: () => number;
}

/** Whoever signs as well. */
export interface ReconcilerAddress extends EnvironmentAddress {
  /** The keys as the line that `signalbox keys export` prints; the key folder of `repo` unless given. */
  readonly keyLine?: string;
  /** Milliseconds that only ever pass; those of this process unless given. */
  readonly monotonicNow?: () => number;
}

/** Where the main branch is: read once for all environments of a call. */
export interface Place {
  /** The folder that has the main branch. */
  readonly repository: string;
  /** Null where that is a clone or a checkout, which takes no pull requests. */
  readonly forge: Forge | null;
  readonly branch: MainBranch;
  /** Brings the branch up to date with the forge; environments that ask at the same time share one answer. */
  readonly sync: () => Promise<void>;
  /** Why the forge could not be asked; null: the branch is what it says now. */
  readonly unsynced: string | null;
}

/** What there is to know of an environment without any key: enough to look, not to sign. */
export interface OpenEnvironment extends Place {
  readonly environment: string;
  readonly settings: Environment;
  readonly commit: string;
  readonly store: BlobStore;
  readonly rootBytes: Uint8Array;
}

/** What the forge said last is enough to look, and to roll back by; a branch that was never seen is not. */
export async function openPlace(address: Omit<EnvironmentAddress, 'environment'>): Promise<Place> {
  const { forge, repository } = await placeOf(address);
  const branch = new MainBranch(repository, address.branch);
  const sync = shared(async () => forge?.sync());
  const unsynced = await syncProblem(sync);
  if (unsynced !== null) await branch.commit().catch(sync);
  return { repository, forge, branch, sync, unsynced };
}

/** Who calls while a call is under way gets its answer. */
function shared(call: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | null = null;
  return () => {
    underWay ??= call().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

/** Errors: `input/unknown-reference` for an environment that the main branch does not have, `trust/unverified` without a root. */
export async function openEnvironment(address: EnvironmentAddress, place?: Place): Promise<OpenEnvironment> {
  const { environment, repo } = address;
  const opened = place ?? (await openPlace(address));
  const { branch } = opened;
  const commit = await branch.commit();
  const { findings, workspace } = await branch.read(commit);
  const settings = workspace.environments.get(environment)?.environment;
  if (!settings) {
    const known = [...workspace.environments.keys()].join(', ') || 'none';
    throw new SignalboxError(
      'input/unknown-reference',
      `the main branch has no environment "${environment}" (it has: ${known})`,
      {
        hint: `It would be ${environmentPath(environment)}.`,
        findings: findings.filter((finding) => finding.place.file === environmentPath(environment)),
      },
    );
  }
  const path = rootPath(environment);
  const root = await branch.readFile(commit, path);
  if (root === null) {
    throw new SignalboxError(
      'trust/unverified',
      `${path} is not on the main branch, so nothing of ${environment} can be verified`,
      {
        hint: await rootHint(opened.repository, { commit, environment, path }),
      },
    );
  }
  const store = openBlobStore(resolve(repo, settings.stores.artifacts));
  return { ...opened, environment, settings, commit, store, rootBytes: Buffer.from(root, 'utf8') };
}

/** Another root than the one that what is published was signed by stops everybody: only an environment that never had one gets one. */
async function rootHint(
  repository: string,
  { commit, environment, path }: { readonly commit: string; readonly environment: string; readonly path: string },
): Promise<string> {
  const args = ['log', '-1', '--full-history', '-m', '--diff-filter=AM', '--format=%H', commit, '--', path];
  const last = (await runPlumbingLine(repository, args)).trim();
  if (last === '') {
    return `A new environment: make keys and a root with \`signalbox keys mint --env ${environment}\`, commit ${path} and push it. One that had a root before: bring that one back (git log -- ${path}).`;
  }
  return `Bring it back, and make no other one: pods pin it, and what is published is signed by it. git checkout ${last} -- ${path}, commit and push (git log -- ${path} shows who took it away).`;
}

/** The same with keys, ready to reconcile. `close` lets go of the event log. */
export async function openReconciler(
  address: ReconcilerAddress,
  place?: Place,
): Promise<{ readonly tools: PassTools; readonly settings: Environment; readonly close: () => Promise<void> }> {
  const opened = await openEnvironment(address, place);
  const { branch, environment, forge, repository, rootBytes, settings, store, sync } = opened;
  const { env = {}, keyLine, monotonicNow = () => performance.now(), repo, wallNow } = address;
  const keysNow = async () =>
    keyLine ? parseKeyLine(keyLine, environment) : loadKeys({ dir: keysDir(repo), environment, hasRoot: true });
  const keys = await keysNow();
  const trustAt = async (commit: string) => {
    // A branch that cannot be read has the root that it had: what is published must stay fresh.
    const root = await branch.readFile(commit, rootPath(environment)).catch(() => null);
    return { keys: await keysNow(), rootBytes: root === null ? rootBytes : Buffer.from(root, 'utf8') };
  };
  const log = openEventLog(resolve(repo, settings.stores.log));
  const evidence = new PodReports(store, wallNow);
  const checkout = checkouts(repository, join(repo, '.signalbox', 'checkouts'));
  const metrics = openMetricReader({ store, prometheus: settings.prometheus ?? null, checkout, env });
  const publisher = { store, environment, rootBytes, keys, wallNow };
  const base = address.branch ?? MAIN_BRANCH;
  const bot = { git: gitOf(repository), forge, base };
  const withdrawals = new Withdrawals({ ...bot, store });
  const soaks = new SoakReader(branch, repo, wallNow);
  const promotions = new Promotions({ ...bot, environment, branch, store, soaks });
  const bots = { withdrawals, promotions };
  const packages = new PackageStock(store);
  const sources = { sync, branch, evidence, metrics, soaks, packages, log };
  const tools = { environment, publisher, trustAt, ...sources, ...bots, wallNow, monotonicNow };
  return { tools, settings, close: () => log.close() };
}

async function placeOf({
  forge,
  repo,
  wallNow,
}: Omit<EnvironmentAddress, 'environment'>): Promise<Pick<Place, 'forge' | 'repository'>> {
  if (forge === undefined) {
    const opened = await openForge(await GitRepository.open(repo), wallNow);
    return { forge: opened, repository: opened.repository };
  }
  const git = await GitRepository.open(resolve(repo, forge));
  return { forge: git.isBare ? LocalForge.of(git, wallNow) : null, repository: git.folder };
}
