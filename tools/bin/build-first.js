// Builds the packages when they were never built or a source is newer than the last build. Plain JavaScript on purpose: it runs before any build.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PACKAGES = ['contracts', 'serving', 'tools'];
const STAMP = join(ROOT, 'tools', 'dist', '.built');
const LOCK = join(ROOT, 'node_modules', '.signalbox-build');
const LOCK_WAIT_MS = 120_000;

/** Nothing to do for an installed package: it has its `dist` and no sources. `SIGNALBOX_SKIP_BUILD=1` trusts what is there. */
export async function buildFirst() {
  if (process.env.SIGNALBOX_SKIP_BUILD === '1' || !existsSync(join(ROOT, 'tsconfig.json'))) return;
  if (isFresh()) return;
  const release = await lock();
  try {
    if (!isFresh()) build();
  } finally {
    release();
  }
}

function isFresh() {
  const builtAt = mtime(STAMP);
  if (builtAt === 0) return false;
  const configs = ['tsconfig.json', 'tsconfig.base.json', ...PACKAGES.map((name) => join(name, 'tsconfig.json'))];
  return (
    configs.every((file) => mtime(join(ROOT, file)) <= builtAt) &&
    PACKAGES.every((name) => existsSync(join(ROOT, name, 'dist')) && !hasNewer(join(ROOT, name), builtAt))
  );
}

/** A folder's own time tells of files added, removed or renamed; a file's time of a change in it. */
function hasNewer(folder, builtAt) {
  if (mtime(folder) > builtAt) return true;
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name !== 'dist' && entry.name !== 'node_modules' && entry.name !== 'bin' && hasNewer(path, builtAt);
    return entry.name.endsWith('.ts') && !/\.(test|oracle)\.ts$/.test(entry.name) && mtime(path) > builtAt;
  });
}

function mtime(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function build() {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) {
    process.stderr.write(
      `Signalbox is not built, and its compiler is not installed.\n  hint: run "npm ci" in ${ROOT}\n`,
    );
    process.exit(3);
  }
  const startedAt = Date.now() / 1000;
  const result = spawnSync(process.execPath, [compiler, '-b'], { cwd: ROOT, encoding: 'utf8' });
  if (result.status !== 0) {
    process.stderr.write(
      `${result.stdout}${result.stderr}Signalbox could not be built; the compiler says why above.\n`,
    );
    process.exit(3);
  }
  // Stamped with the start: a source saved while the compiler ran is built next time.
  writeFileSync(STAMP, '');
  utimesSync(STAMP, startedAt, startedAt);
}

/** Two commands started at once build once: the second waits. A lock older than the wait belongs to a process that died. */
async function lock() {
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      mkdirSync(LOCK);
      return () => rmSync(LOCK, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (Date.now() > deadline || Date.now() - mtime(LOCK) > LOCK_WAIT_MS)
        rmSync(LOCK, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
