import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import type { Check } from './check.js';
import { judgeDisk, judgeGit, judgeIdentity, judgeNode, judgePackages, judgePort, judgePython } from './judge.js';

export type { Check, CheckState } from './check.js';

/** Modules that hold native code: they fail on a platform without a binary, and only when loaded. */
const NATIVE_MODULES = ['@duckdb/node-api', 'onnxruntime-node', 'lmdb'] as const;
const PYTHON_MODULES = ['lightgbm', 'onnxmltools', 'pyarrow'] as const;

/** Looks at this machine; changes nothing. */
export async function checkMachine(options: {
  readonly repo: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<readonly Check[]> {
  return [
    judgeNode(process.version),
    judgeGit(await output('git', ['--version'], options.repo)),
    judgeIdentity(await gitConfig('user.name', options.repo), await gitConfig('user.email', options.repo)),
    judgeDisk(tmpdir(), await freeBytes(tmpdir())),
    await checkPort(),
    judgePackages(await brokenPackages()),
    await checkPython(options.repo),
  ];
}

function gitConfig(key: string, folder: string): Promise<string | null> {
  return output('git', ['config', '--get', key], folder);
}

/** Trimmed standard output, or null when the program is not there or failed. */
async function output(file: string, args: readonly string[], cwd: string): Promise<string | null> {
  try {
    return (await promisify(execFile)(file, [...args], { cwd, timeout: 10_000 })).stdout.trim();
  } catch {
    return null;
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function checkPort(): Promise<Check> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(judgePort(0, error.message)));
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(judgePort(port, null)));
    });
  });
}

async function brokenPackages(): Promise<{ name: string; reason: string }[]> {
  const broken = [];
  for (const name of NATIVE_MODULES) {
    try {
      await import(name);
    } catch (error) {
      broken.push({ name, reason: error instanceof Error ? error.message.split('\n')[0]! : String(error) });
    }
  }
  return broken;
}

async function checkPython(folder: string): Promise<Check> {
  const version = await output('python3', ['--version'], folder);
  if (version === null) return judgePython(null, []);
  const script = `import importlib.util as u; print(*[m for m in ${JSON.stringify(PYTHON_MODULES)} if u.find_spec(m) is None])`;
  const missing = (await output('python3', ['-c', script], folder)) ?? PYTHON_MODULES.join(' ');
  return judgePython(version, missing.split(' ').filter(Boolean));
}
