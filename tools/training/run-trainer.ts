import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { timerMs } from '@signalbox/contracts';
import { watchPeakMemory } from './peak-memory.js';

export interface TrainerCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing else is passed on. */
  readonly env: Readonly<Record<string, string>>;
  /** Both output streams go here. */
  readonly logPath: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type TrainerEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'not-started'; readonly problem: string };

export interface TrainerOutcome {
  readonly end: TrainerEnd;
  /** User and system time of the trainer and of the children it waited for. */
  readonly cpuSeconds: number;
  /** The most memory that the trainer's processes held together; 0 where the system does not say. */
  readonly peakBytes: number;
  readonly wallSeconds: number;
}

/** How long a trainer may take to leave by itself before it is killed. */
const GRACE_MS = 2_000;

/** What the wrapping shell calls itself in its own messages. */
export const SHELL_NAME = 'signalbox-trainer';

/** The shell reports its children's times on descriptor 3: exact, POSIX, and without a native addon (Node has no rusage of children). */
const WRAPPER = '"$@" 3>&-; code=$?; times >&3; exit $code';

/**
 * Runs a trainer to its end in a process group of its own. Timeout and abort end the whole group, and so does the trainer's own exit, so
 * that no process outlives the call. Never throws.
 */
export async function runTrainer(command: TrainerCommand): Promise<TrainerOutcome> {
  const startedAt = performance.now();
  const child = spawnGroup(command);
  const memory = child.pid === undefined ? null : watchPeakMemory(child.pid);
  const times = text(child.stdio[3] as NodeJS.ReadableStream).catch(() => '');
  const end = await endOf(child, command);
  killGroup(child, 'SIGKILL');
  return {
    end,
    cpuSeconds: parseTimes(await times),
    peakBytes: memory?.stop() ?? 0,
    wallSeconds: (performance.now() - startedAt) / 1000,
  };
}

function spawnGroup({ argv, cwd, env, logPath }: TrainerCommand): ChildProcess {
  const log = openSync(logPath, 'a');
  try {
    return spawn('/bin/sh', ['-c', WRAPPER, SHELL_NAME, ...argv], {
      cwd,
      env: { ...env },
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    });
  } finally {
    closeSync(log);
  }
}

async function endOf(child: ChildProcess, { timeoutMs, signal }: TrainerCommand): Promise<TrainerEnd> {
  const kill = () => killGroup(child, 'SIGKILL');
  let stopped: TrainerEnd | null = null;
  let forced: NodeJS.Timeout | undefined;
  const stop = (why: TrainerEnd) => {
    stopped ??= why;
    killGroup(child, 'SIGTERM');
    forced ??= setTimeout(kill, GRACE_MS);
  };
  const onAbort = () => stop({ kind: 'aborted' });
  const timer = setTimeout(() => stop({ kind: 'timed-out' }), timerMs(timeoutMs));
  signal.addEventListener('abort', onAbort);
  // If this process exits for another reason, the trainer must not stay behind.
  process.once('exit', kill);
  if (signal.aborted) onAbort();
  try {
    const end = await new Promise<TrainerEnd>((resolve) => {
      child.once('error', (error) => resolve({ kind: 'not-started', problem: error.message }));
      child.once('exit', (code, by) =>
        resolve(code === null ? { kind: 'killed', signal: by ?? 'unknown' } : { kind: 'exited', code }),
      );
    });
    return stopped ?? end;
  } finally {
    clearTimeout(timer);
    clearTimeout(forced);
    signal.removeEventListener('abort', onAbort);
    process.removeListener('exit', kill);
  }
}

/** A negative process id names the group. The group may be gone already, which is what we want. */
function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** `times` prints user and system time of the shell and of its children as `0m1.230000s`, four of them. */
function parseTimes(output: string): number {
  let seconds = 0;
  for (const match of output.matchAll(/(\d+)m(\d+(?:[.,]\d+)?)s/g)) {
    seconds += Number(match[1]) * 60 + Number(match[2]!.replace(',', '.'));
  }
  return seconds;
}
