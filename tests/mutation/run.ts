import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutant, readMutants, staleMutants } from './mutants.js';

/**
 * Tests the tests: each mutant is put into a copy of the repository, one for each core, and the suites that hold its file must fail. A survivor is an edge that
 * nothing holds in place. `npm run test:mutations [-- <part of a file or sentence>]`; half an hour for all.
 */
const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const PACKAGES = ['contracts', 'serving', 'tools'];
const DOCUMENTS = ['.github', 'features', 'models', 'releases'];
const SETTINGS = ['package.json', 'tsconfig.json', 'tsconfig.base.json', 'vitest.config.ts'];
const COPIED = [...PACKAGES, ...DOCUMENTS, 'docs', 'tests', ...SETTINGS];

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

async function main(words: readonly string[]): Promise<number> {
  const chosen = (await readMutants()).filter(({ file, says }) =>
    words.every((word) => `${file} ${says}`.includes(word)),
  );
  if (chosen.length === 0)
    throw new Error(`no mutant has all of these words in its file or sentence: ${words.join(' ')}`);
  const stale = await staleMutants(ROOT, chosen);
  if (stale.length > 0) throw new Error(`mutants.yaml is behind the code:\n${stale.join('\n')}`);
  const copies = await Promise.all(Array.from({ length: availableParallelism() }, () => copyRepository()));
  try {
    const suites = [...new Set(chosen.flatMap((mutant) => mutant.suites))];
    if (!(await passes(copies[0]!, suites, 'inherit'))) throw new Error('the suites fail without any mutant');
    const survivors: Mutant[] = [];
    const queue = [...chosen];
    const work = async (copy: string): Promise<void> => {
      for (let mutant = queue.shift(); mutant && !stop.signal.aborted; mutant = queue.shift()) {
        const survived = await survives(copy, mutant);
        if (survived) survivors.push(mutant);
        process.stdout.write(`${survived ? 'SURVIVED' : 'killed  '}  ${mutant.file}: ${mutant.says}\n`);
      }
    };
    await Promise.all(copies.map(work));
    if (stop.signal.aborted) return 130;
    process.stdout.write(`${chosen.length - survivors.length} of ${chosen.length} mutants killed\n`);
    return survivors.length === 0 ? 0 : 1;
  } finally {
    await Promise.all(copies.map((copy) => rm(copy, { recursive: true, force: true })));
  }
}

/** Sources are copied; installed packages are linked, but for our own, which are the copies. */
async function copyRepository(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'signalbox-mutants-'));
  const filter = (path: string): boolean => !/\/(node_modules|\.signalbox)(\/|$)/.test(path.slice(ROOT.length));
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true, filter });
  await mkdir(join(copy, 'node_modules', '@signalbox'), { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name !== '@signalbox') await symlink(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
  }
  for (const name of PACKAGES) {
    await symlink(join(copy, name), join(copy, 'node_modules', '@signalbox', name));
    await symlink(join(ROOT, name, 'node_modules'), join(copy, name, 'node_modules')).catch(() => undefined);
  }
  return copy;
}

async function survives(copy: string, mutant: Mutant): Promise<boolean> {
  const path = join(copy, mutant.file);
  const text = await readFile(path, 'utf8');
  await writeFile(
    path,
    text.replace(mutant.find, () => mutant.replace),
  );
  try {
    return await passes(copy, mutant.suites);
  } finally {
    await writeFile(path, text);
  }
}

/** A mutant that does not compile is killed as well. */
async function passes(copy: string, suites: readonly string[], stdio: Shown = 'ignore'): Promise<boolean> {
  const tests = ['vitest', 'run', ...suites, '--bail', '1', '--reporter=dot'];
  return (await run(copy, ['tsc', '-b'], stdio)) && (await run(copy, tests, stdio));
}

type Shown = 'ignore' | 'inherit';

function run(folder: string, [program, ...args]: readonly string[], stdio: Shown): Promise<boolean> {
  return new Promise((done, failed) => {
    const child = spawn(join(folder, 'node_modules', '.bin', program!), args, {
      cwd: folder,
      stdio,
      signal: stop.signal,
    });
    child.on('error', (error) => (stop.signal.aborted ? done(false) : failed(error)));
    child.on('exit', (code) => done(code === 0));
  });
}

process.exitCode = await main(process.argv.slice(2));
