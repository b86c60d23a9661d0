import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';

const LAUNCHER = fileURLToPath(new URL('../../bin/signalbox.js', import.meta.url));
const POLL_MS = 20;
const READY_TIMEOUT_MS = 30_000;
/** Longer than a verb takes to stop by itself; then it is ended. */
const STOP_TIMEOUT_MS = 6_000;
const TAIL_LINES = 12;

export interface ProcessOptions {
  readonly name: string;
  /** What follows `signalbox` on the command line. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly logFolder: string;
  /** Whether it goes on after the demo ended. Otherwise it stops with this process, however this process ends. */
  readonly outlives: boolean;
}

/** A long-running `signalbox` verb, started by the demo. Its output is in a file, so that it can go on without us. */
export class DemoProcess {
  readonly name: string;
  readonly logPath: string;
  readonly #child: ChildProcess;
  #stopping = false;
  #exit: string | null = null;

  constructor(options: ProcessOptions) {
    this.name = options.name;
    this.logPath = join(options.logFolder, `${options.name}.log`);
    mkdirSync(options.logFolder, { recursive: true });
    const log = openSync(this.logPath, 'a');
    this.#child = spawn(process.execPath, [LAUNCHER, ...options.argv], {
      cwd: options.cwd,
      detached: true,
      stdio: [options.outlives ? 'ignore' : 'pipe', log, log],
      env: {
        ...process.env,
        SIGNALBOX_SKIP_BUILD: '1',
        ...(options.outlives ? {} : { SIGNALBOX_STOP_WITH_STDIN: '1' }),
      },
    });
    closeSync(log);
    this.#child.once('exit', (code, signal) => {
      this.#exit = signal ?? `exit code ${code}`;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Why it is not running, though nobody stopped it; null while it runs. */
  get died(): string | null {
    return this.#stopping ? null : this.#exit;
  }

  /** Waits until its output has a line that `match` answers for. Throws when it ends first, or takes too long. */
  async waitFor<T>(match: (line: string) => T | null, signal: AbortSignal): Promise<T> {
    let found: T | null = null;
    const look = async () => {
      for (const line of (await readFile(this.logPath, 'utf8')).split('\n')) found ??= match(line);
      return found !== null;
    };
    await this.waitUntil(look, { what: 'was ready', signal });
    return found!;
  }

  /** Waits until `done`. Throws when the process ends first, or takes too long. */
  async waitUntil(
    done: () => Promise<boolean>,
    { what, signal }: { readonly what: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await done())) {
      signal.throwIfAborted();
      await this.assertRunning();
      if (Date.now() > deadline) await this.#fail(`took more than ${READY_TIMEOUT_MS / 1000} s until it ${what}`);
      await sleep(POLL_MS);
    }
  }

  async assertRunning(): Promise<void> {
    if (this.died !== null) await this.#fail(`ended by itself (${this.died})`);
  }

  /** Lets go of the child, so that this process can end while the child goes on. */
  leaveRunning(): void {
    this.#child.unref();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#exit !== null) return;
    this.#child.kill('SIGTERM');
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (this.#exit === null && Date.now() < deadline) await sleep(POLL_MS);
    if (this.#exit === null) this.#child.kill('SIGKILL');
  }

  async #fail(what: string): Promise<never> {
    const tail = (await readFile(this.logPath, 'utf8')).trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    throw new SignalboxError('demo/stopped', `${this.name} ${what}; its last lines:\n${tail}`, {
      hint: `The whole output is in ${this.logPath}. "signalbox doctor" tells what this machine lacks.`,
    });
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
