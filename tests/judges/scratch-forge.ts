import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, signalbox } from '../e2e/command.js';
import { CHECKOUT } from './workflow-files.js';

const MODEL_FILE = 'models/flight-delay/model.yaml';
const VIEW_FILE = 'features/views/origin_delays.yaml';

/** A local forge with the repository under judgement in it, and a person's clone of it. */
export interface ScratchForge {
  readonly folder: string;
  readonly forge: string;
  readonly work: string;
  /** Types a verb in the clone; throws with what it said unless it succeeds. */
  verb(...argv: string[]): Promise<string>;
  /** Commits everything in the clone on a branch of its own and pushes it. */
  pushBranch(branch: string, change: () => Promise<void>): Promise<void>;
  /** What an improving pull request adds: the view that the model did not have, as the checkout has it. */
  addOriginDelays(): Promise<void>;
  edit(path: string, change: (text: string) => string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * The checkout's own files, committed or not, in a fresh history, without `origin_delays`. The environment `prod` has keys and a root, and
 * keeps its artifacts in one folder outside of any clone, as docs/workflows.md asks of machines that share them.
 */
export async function createScratchForge(): Promise<ScratchForge> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-judges-'));
  const [forge, work] = [join(folder, 'forge.git'), join(folder, 'work')];
  await git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', forge);
  await git(folder, 'clone', '--quiet', forge, work);
  const scratch: ScratchForge = {
    folder,
    forge,
    work,
    verb: (...argv) => verb(work, argv),
    edit: (path, change) => edit(join(work, path), change),
    addOriginDelays: async () => {
      for (const file of [MODEL_FILE, VIEW_FILE]) await cp(join(CHECKOUT, file), join(work, file));
    },
    pushBranch: async (branch, change) => {
      await git(work, 'switch', '--quiet', '-c', branch, 'main');
      await change();
      await commitAndPush(work, `Change ${branch}`);
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
  for (const [key, value] of [
    ['user.name', 'Ada Judge'],
    ['user.email', 'ada@example.com'],
    ['commit.gpgsign', 'false'],
  ] as const)
    await git(work, 'config', key, value);
  await copyCheckout(work);
  await symlink(join(CHECKOUT, 'node_modules'), join(work, 'node_modules'), 'junction');
  await rm(join(work, VIEW_FILE));
  await scratch.edit(MODEL_FILE, (text) => text.replace(/^ *- origin_delays.*\n/m, ''));
  const artifacts = join(folder, 'artifacts');
  await scratch.edit('releases/prod/environment.yaml', (text) =>
    text.replace(/artifacts: .*/, `artifacts: ${artifacts}`),
  );
  await forAct(work);
  await scratch.verb('keys', 'mint', '--env', 'prod');
  await commitAndPush(work, 'The worked example before its first version');
  return scratch;
}

/** The workflows in words that act knows: it queues nothing, and finds the actions of the running commit in the checkout. */
async function forAct(work: string): Promise<void> {
  const folder = join(work, '.github', 'workflows');
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    await writeFile(join(folder, name), text.replace(/^ +queue: max\n/m, '').replaceAll('uses: $/', 'uses: ./'));
  }
}

async function copyCheckout(work: string): Promise<void> {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: CHECKOUT,
    encoding: 'utf8',
  });
  for (const path of new Set(listed.split('\0').filter((name) => name !== ''))) {
    const [from, to] = [join(CHECKOUT, path), join(work, path)];
    if (!existsSync(from)) continue;
    await mkdir(join(to, '..'), { recursive: true });
    await cp(from, to);
  }
}

async function commitAndPush(work: string, message: string): Promise<void> {
  await git(work, 'add', '--all');
  await git(work, 'commit', '--quiet', '-m', message);
  await git(work, 'push', '--quiet', '--set-upstream', 'origin', 'HEAD');
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`nothing was there to change in ${path}`);
  await writeFile(path, changed);
}

async function verb(cwd: string, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await signalbox(cwd, ...argv);
  if (code !== 0) throw new Error(`signalbox ${argv.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}
