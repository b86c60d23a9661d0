import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignalboxError } from '@signalbox/contracts';
import { systemCode } from './fs-errors.js';

/**
 * A lock between processes, as a file: whoever links its own file to the lock's name holds it (`link` fails when the name is taken, on
 * every POSIX file system). A holder that died is found by its process id and start time and is replaced:
 * taking over needs a second lock named after the dead holder, so that of many who see the same dead holder exactly one replaces it,
 * and nobody can remove the lock of a living one. The same rule recovers the second lock.
 */
export interface LockHolder {
  readonly id: string;
  readonly pid: number;
  /** Kernel start time of the process: tells a reused process id from the holder. Empty where the system does not say. */
  readonly started: string;
  readonly host: string;
}

export interface FileLock {
  release(): Promise<void>;
}

export interface LockOptions {
  /** How long to wait for a living holder. */
  readonly waitMs: number;
  /** What the lock guards, for the message. */
  readonly guards: string;
}

/** Retries start here and double up to the bound, so that sixteen waiters do not spin. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

function startedAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22, counted after the command name, which may itself hold spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return null;
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** A holder on another host cannot be judged from here, so it counts as alive. */
export function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true;
  if (!processExists(holder.pid)) return false;
  return holder.started === '' || (startedAt(holder.pid) ?? holder.started) === holder.started;
}

async function readHolder(path: string): Promise<LockHolder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockHolder;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
  });
}

/** Tries once. `ours` is a file that holds our own record. Answers null when we hold the lock now, else who does. */
async function tryAcquire(path: string, ours: string): Promise<LockHolder | null> {
  for (;;) {
    try {
      await link(ours, path);
      return null;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    const holder = await readHolder(path);
    if (holder === null) continue;
    if (isAlive(holder)) return holder;
    if (await takeOver({ path, ours, dead: holder })) return null;
  }
}

async function takeOver({ path, ours, dead }: { path: string; ours: string; dead: LockHolder }): Promise<boolean> {
  const takeover = `${path}.${dead.id}`;
  const other = await tryAcquire(takeover, ours);
  if (other !== null) {
    await sleep(FIRST_PAUSE_MS);
    return false;
  }
  try {
    if ((await readHolder(path))?.id !== dead.id) return false;
    const copy = `${ours}.copy`;
    await link(ours, copy);
    await rename(copy, path);
    return true;
  } finally {
    await unlinkIfThere(takeover);
  }
}

/** Waits until the lock is ours. Errors: `store/unavailable` after `waitMs`, naming the living holder. */
export async function acquireFileLock(path: string, options: LockOptions): Promise<FileLock> {
  const id = randomUUID();
  const holder: LockHolder = { id, pid: process.pid, started: startedAt(process.pid) ?? '', host: hostname() };
  const ours = `${path}.${id}.holder`;
  await writeFile(ours, JSON.stringify(holder), { flag: 'wx' });
  try {
    const deadline = performance.now() + options.waitMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const other = await tryAcquire(path, ours);
      if (other === null) return { release: () => release(path, id) };
      if (performance.now() >= deadline) throw heldByAnother(other, path, options);
      await sleep(pause * (0.5 + Math.random()));
    }
  } finally {
    await unlinkIfThere(ours);
  }
}

async function release(path: string, id: string): Promise<void> {
  if ((await readHolder(path))?.id === id) await unlinkIfThere(path);
}

function heldByAnother(other: LockHolder, path: string, options: LockOptions): SignalboxError {
  return new SignalboxError(
    'store/unavailable',
    `${options.guards} is locked by process ${other.pid} on ${other.host} (waited ${options.waitMs} ms)`,
    { hint: `Stop that process, or, if it is gone for good, remove ${path}.`, retryable: true },
  );
}
