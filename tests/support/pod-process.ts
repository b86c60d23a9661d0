import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../serving/bin/signalbox-pod.js', import.meta.url));

/** A pod as a process of its own, as `signalbox-pod serve` runs. */
export interface PodProcess {
  readonly process: ChildProcess;
  readonly address: string;
  /** What it took of a processor until it listened, whatever else the machine did. */
  readonly listenCpuMs: number;
}

export async function startPod(args: readonly string[]): Promise<PodProcess> {
  const child = spawn(process.execPath, [BIN, 'serve', ...args], {
    env: { ...process.env, SIGNALBOX_SKIP_BUILD: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr!.on('data', (chunk) => {
    errors += chunk;
  });
  const line = await Promise.race([
    once(child.stdout!, 'data').then(([chunk]) => String(chunk)),
    once(child, 'exit').then(() => {
      throw new Error(`the pod ended: ${errors}`);
    }),
  ]);
  return { process: child, address: JSON.parse(line).listening, listenCpuMs: cpuMs(child.pid!) };
}

/** `utime` and `stime` of proc(5), in hundredths of a second; 0 where there is no such thing. */
function cpuMs(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Asks again until the answer is not null. */
export async function until<T>(read: () => Promise<T | null>, limitMs = 10_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value !== null) return value;
    if (Date.now() > deadline) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
