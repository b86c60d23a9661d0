import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What one round of load saw. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Anything but an answer with status 2xx. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Load {
  readonly url: string;
  /** A file with one JSON body a line. */
  readonly bodies: string;
  readonly clients: number;
  readonly seconds: number;
}

const SCRIPT = fileURLToPath(new URL('wrk-requests.lua', import.meta.url));

/** Keep-alive clients in a closed loop, from the core that the server does not have. `wrk` where it is installed, else `autocannon`. */
export async function runLoad(load: Load, core: number): Promise<LoadResult> {
  const [program, ...args] = hasWrk() ? wrkCommand(load) : autocannonCommand(load);
  const output = await run('taskset', ['-c', String(core), program!, ...args]);
  return JSON.parse(output.trim().split('\n').at(-1)!) as LoadResult;
}

export function generatorName(): string {
  return hasWrk() ? 'wrk' : 'autocannon';
}

function hasWrk(): boolean {
  return spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined;
}

function wrkCommand({ url, bodies, clients, seconds }: Load): string[] {
  return ['wrk', '-t1', `-c${clients}`, `-d${seconds}s`, '-s', SCRIPT, url, '--', bodies];
}

function autocannonCommand({ url, bodies, clients, seconds }: Load): string[] {
  const script = fileURLToPath(new URL('autocannon-load.js', import.meta.url));
  return [process.execPath, script, JSON.stringify({ url, bodies, clients, seconds })];
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ended with code ${code}`)),
    );
  });
}
