import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

/** Servers of others' making, and how to get them. */
const ENGINES = { prometheus: 'apt-get install prometheus' } as const;

/** Throws a sentence that says how to install it: a server that is not there has shown nothing, and its suite must not pass. */
export function requireEngine(name: keyof typeof ENGINES): string {
  const { error, status } = spawnSync(name, ['--version']);
  if (error === undefined && status === 0) return name;
  throw new Error(`${name} is not on this machine. Install it: ${ENGINES[name]}`);
}

/** A port of the loopback interface that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export interface RunningEngine {
  readonly stop: () => Promise<void>;
}

/** Starts a server and waits until it answers at `ready`; what it said is in the error if it never does. */
export async function startEngine(command: readonly string[], ready: string): Promise<RunningEngine> {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-2000);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break;
    if (await answers(ready)) return { stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await endOf(child, stop);
  throw new Error(`${file} did not become ready: ${said}`);
}

async function endOf(child: ChildProcess, stop: () => Promise<void>): Promise<void> {
  if (child.exitCode === null) await stop();
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
