import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';
import { GitRepository, readIdentity } from '../forge/index.js';

/** The repository with the worked example, three folders above this file's build. */
const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const CONTENT = ['features', 'models', 'releases', 'package-lock.json'] as const;
/** What act 2's pull request adds, and what it puts in its place in the model: the scratch copy starts without it. */
const ADDED_LATER = 'features/views/origin_delays.yaml';
export const MODEL_FILE = 'models/flight-delay/model.yaml';
const ADDED_FEATURE = /^( *- )origin_delays$/m;
const FEATURE_BEFORE = '$1origin_week';

/** The demo's own world: a bare repository as the forge, a clone to work in, and room for logs and the report. */
export interface Scratch {
  readonly folder: string;
  readonly forge: string;
  readonly work: string;
  readonly logs: string;
  readonly report: string;
  /** Removes what the demo made; the report stays unless `report` is false. */
  readonly remove: (options: { readonly report: boolean }) => Promise<void>;
}

export async function createScratch(options: {
  readonly folder?: string;
  readonly signal: AbortSignal;
}): Promise<Scratch> {
  const folder = options.folder ? await emptyFolder(options.folder) : await mkdtemp(join(tmpdir(), 'signalbox-demo-'));
  const scratch: Scratch = {
    folder,
    forge: join(folder, 'forge.git'),
    work: join(folder, 'work'),
    logs: join(folder, 'logs'),
    report: join(folder, 'report.html'),
    remove: async ({ report }) => {
      if (options.folder) return;
      const made = report ? ['forge.git', 'work', 'logs'].map((name) => join(folder, name)) : [folder];
      await Promise.all(made.map((path) => rm(path, { recursive: true, force: true, maxRetries: 3 })));
    },
  };
  await mkdir(scratch.forge);
  await mkdir(scratch.work);
  await GitRepository.initialise(scratch.forge, { bare: true });
  const work = await GitRepository.initialise(scratch.work);
  await work.run(['remote', 'add', 'origin', scratch.forge]);
  options.signal.throwIfAborted();
  await identify(work);
  await copyExample(scratch.work);
  return scratch;
}

/** What act 2's pull request adds, as the checkout has it. */
export async function addOriginDelays(work: string): Promise<readonly string[]> {
  for (const file of [ADDED_LATER, MODEL_FILE]) await cp(join(CHECKOUT, file), join(work, file));
  return [ADDED_LATER, MODEL_FILE];
}

async function copyExample(work: string): Promise<void> {
  for (const name of CONTENT) {
    await cp(join(CHECKOUT, name), join(work, name), { recursive: true, filter: (path) => !/\.test\.ts$/.test(path) });
  }
  const model = await readFile(join(work, MODEL_FILE), 'utf8');
  if (!ADDED_FEATURE.test(model))
    throw new SignalboxError('internal/bug', `expected a line "- origin_delays" in ${MODEL_FILE}, found none`);
  await writeFile(join(work, MODEL_FILE), model.replace(ADDED_FEATURE, FEATURE_BEFORE));
  await rm(join(work, ADDED_LATER));
  await writeFile(join(work, 'package.json'), '{ "name": "flights", "private": true, "type": "module" }\n');
  await writeFile(join(work, '.gitignore'), 'node_modules\n.signalbox/\n');
  await symlink(join(CHECKOUT, 'node_modules'), join(work, 'node_modules'), 'junction');
}

/** The user's own identity commits; without one, the demo has one of its own, in its own clone only. */
async function identify(work: GitRepository): Promise<void> {
  const known = await readIdentity(work.folder).catch(() => null);
  if (known === null) {
    await work.run(['config', 'user.name', 'Signalbox Demo']);
    await work.run(['config', 'user.email', 'demo@signalbox.invalid']);
  }
  // A signature would ask for a passphrase; nothing here leaves the scratch folder.
  await work.run(['config', 'commit.gpgsign', 'false']);
}

async function emptyFolder(path: string): Promise<string> {
  const folder = resolve(path);
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new SignalboxError('input/bad-argument', `${folder} is not empty`, {
      hint: 'Name a folder that does not exist yet, or an empty one.',
    });
  return folder;
}
