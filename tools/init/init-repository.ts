import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';
import { GitRepository, readIdentity } from '../forge/index.js';
import { buildRoot, mintKeys } from '../trust/index.js';
import { type Periods, repositoryDocuments } from './documents.js';
import { generatePayments } from './payments.js';
import { repositoryReadme } from './readme.js';

/** Where this program and its dependencies are installed: the new repository resolves its packages from there. */
const INSTALLATION = fileURLToPath(new URL('../../../', import.meta.url));
/** The worked example's trainer serves any small table, so a new repository starts with a copy of it. */
const TRAINER = join(INSTALLATION, 'models', 'flight-delay');
const MODEL_FOLDER = join('models', 'dispute');
const ENVIRONMENTS = ['staging', 'prod'] as const;
const HISTORY_DAYS = 120;
const DAY_MS = 86_400_000;
const IGNORED = 'node_modules\n.signalbox/\n';

export interface InitOptions {
  readonly folder: string;
  readonly wallNow: () => number;
  readonly signal: AbortSignal;
}

export interface InitResult {
  readonly folder: string;
  readonly forge: string;
  readonly commit: string;
  readonly files: readonly string[];
}

/**
 * Makes a repository that validates, trains and serves at once. It is built beside its final place and renamed, so that Ctrl-C or an
 * error leaves nothing. Errors: `input/bad-argument` when the folder is not empty, `git/no-identity`.
 */
export async function initRepository(options: InitOptions): Promise<InitResult> {
  await assertFree(options.folder);
  const building = join(dirname(options.folder), `.${basename(options.folder)}.signalbox-init`);
  await rm(building, { recursive: true, force: true });
  try {
    await mkdir(building, { recursive: true });
    await writeContent(building, options);
    options.signal.throwIfAborted();
    const forge = join(options.folder, '.signalbox', 'forge.git');
    const commit = await commitAll(building);
    const files = (await (await GitRepository.open(building)).run(['ls-files'])).split('\n');
    options.signal.throwIfAborted();
    await rm(options.folder, { recursive: true, force: true });
    await rename(building, options.folder);
    return { folder: options.folder, forge, commit, files };
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

/** The days of the made-up history end yesterday, so that a wall clock finds full windows. Pure. */
export function historyPeriods(nowMs: number): Periods & { readonly startMs: number } {
  const startMs = Math.floor(nowMs / DAY_MS - HISTORY_DAYS) * DAY_MS;
  const day = (offset: number) => new Date(startMs + offset * DAY_MS).toISOString().slice(0, 10);
  // The last days are in neither period: their outcomes are not all known yet.
  return { startMs, trainFrom: day(30), trainTo: day(84), evaluateFrom: day(84), evaluateTo: day(114) };
}

async function assertFree(folder: string): Promise<void> {
  const entries = existsSync(folder) ? await readdir(folder) : [];
  if (entries.length === 0) return;
  throw new SignalboxError('input/bad-argument', `${folder} is not empty: it holds ${entries.slice(0, 3).join(', ')}`, {
    hint: 'Name a folder that does not exist yet: signalbox init my-models',
  });
}

async function writeContent(root: string, { folder, wallNow }: InitOptions): Promise<void> {
  const periods = historyPeriods(wallNow());
  const name = basename(folder);
  const files = new Map([
    ...repositoryDocuments(periods),
    ['README.md', repositoryReadme(name)],
    ['.gitignore', IGNORED],
    ['package.json', `${JSON.stringify({ name, private: true, type: 'module' }, null, 2)}\n`],
    ['data/payments.csv', generatePayments({ startMs: periods.startMs, days: HISTORY_DAYS, seed: 1 })],
  ]);
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await copyTrainer(join(root, MODEL_FOLDER));
  await symlink(join(INSTALLATION, 'node_modules'), join(root, 'node_modules'), 'junction');
  for (const environment of ENVIRONMENTS) {
    const keys = await mintKeys({ dir: join(root, '.signalbox', 'keys'), environment });
    await writeFile(join(root, 'releases', environment, 'root.json'), buildRoot(keys, { nowMs: wallNow() }));
  }
}

async function copyTrainer(target: string): Promise<void> {
  const sources = (await readdir(TRAINER)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  for (const name of sources) await cp(join(TRAINER, name), join(target, name));
}

/** One commit by the person who runs this, on `main`, pushed to a local forge inside the ignored folder. */
async function commitAll(root: string): Promise<string> {
  const git = await GitRepository.initialise(root);
  await readIdentity(root);
  const forge = join(root, '.signalbox', 'forge.git');
  await mkdir(forge, { recursive: true });
  await GitRepository.initialise(forge, { bare: true });
  await git.run(['add', '--all']);
  await git.run(['commit', '--quiet', '--message', 'Start a Signalbox repository']);
  // Relative, so that the folder can move.
  await git.run(['remote', 'add', 'origin', '.signalbox/forge.git']);
  await git.run(['push', '--quiet', '--set-upstream', 'origin', 'main']);
  return git.requireCommit('HEAD');
}
