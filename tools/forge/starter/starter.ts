import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Ended, type Program, runProgram } from './program.js';

export type StarterRequest = Program & { readonly id: number };
export type StarterMessage =
  | { readonly ready: true }
  | { readonly id: number; readonly ended: Ended }
  | { readonly id: number; readonly error: string };

/** Who starts fewer programs spends less by starting them itself. */
const WORTH_PROGRAMS = 8;

/**
 * Runs many programs for one that has grown. Starting a program copies the page tables of whoever starts it: from a process of 200 MB that took 17 ms of
 * processor, from a small one 2 ms, and a pass starts dozens. So a small process starts them, once it is there.
 */
export class Starter {
  readonly #waiting = new Map<number, { resolve(ended: Ended): void; reject(error: Error): void }>();
  #process: ChildProcess | undefined;
  /** The same, once it listens. */
  #ready: ChildProcess | undefined;
  #asked = 0;

  /** Errors: as `runProgram` says, and where the process ended meanwhile, since the program may have done its work by then. */
  run(program: Program): Promise<Ended> {
    const id = ++this.#asked;
    if (id >= WORTH_PROGRAMS) this.#process ??= this.#begin();
    const ready = this.#ready;
    if (ready === undefined) return runProgram(program);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#keepsRunning(true);
      ready.send({ ...program, id } satisfies StarterRequest, (error) => error && this.#lose(ready, error));
    });
  }

  /** Of the process, once it listens. */
  get pid(): number | undefined {
    return this.#ready?.pid;
  }

  #begin(): ChildProcess {
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
    const child = fork(processFile(), { execArgv: [], serialization: 'advanced', stdio: [...stdio] });
    child.on('message', (message: StarterMessage) => this.#take(message));
    child.once('error', (error) => this.#lose(child, error));
    child.once('exit', (code, signal) => this.#lose(child, new Error(`what starts Git ended: ${signal ?? code}`)));
    this.#process = child;
    this.#keepsRunning(false);
    return child;
  }

  #take(message: StarterMessage): void {
    if ('ready' in message) {
      this.#ready = this.#process;
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    this.#keepsRunning(this.#waiting.size > 0);
    if ('ended' in message) waiting?.resolve(message.ended);
    else waiting?.reject(new Error(message.error));
  }

  #lose(child: ChildProcess, error: Error): void {
    if (child !== this.#process) return;
    this.#process = undefined;
    this.#ready = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  /** Nobody's program goes on only because of it. */
  #keepsRunning(needed: boolean): void {
    for (const part of [this.#process, this.#process?.channel]) needed ? part?.ref() : part?.unref();
  }
}

/** Built also where the sources run as they are. */
function processFile(): string {
  const beside = fileURLToPath(new URL('./starter-process.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../dist/forge/starter/starter-process.js', import.meta.url));
}
