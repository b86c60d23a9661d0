import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../tools/bin/signalbox.js', import.meta.url));

/** The verbs that run while it is measured, each as a process of its own, as an operator starts them. */
export class Processes {
  readonly #children: ChildProcess[] = [];
  #said = '';
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  reconciler(): void {
    this.#start(['reconcile', '--env', 'prod', '--watch']);
  }

  /** Answers its address once it is ready to serve. */
  async pod(name: string): Promise<string> {
    const child = this.#start(['serve', '--env', 'prod', '--name', name, '--port', '0']);
    const said = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit').then(() => null)]);
    if (said === null) throw new Error(`${name} ended before it listened: ${this.#said.slice(-2000)}`);
    const { listening } = JSON.parse(String(said[0])) as { listening: string };
    for (let tries = 0; tries < 1500; tries++) {
      if ((await fetch(`${listening}/readyz`)).ok) return listening;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${name} did not become ready: ${this.#said.slice(-2000)}`);
  }

  async stop(): Promise<void> {
    const running = this.#children.filter((child) => child.exitCode === null && child.signalCode === null);
    const ended = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGTERM');
    await Promise.all(ended);
  }

  #start(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: this.#folder,
      env: { ...process.env, SIGNALBOX_SKIP_BUILD: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout!.resume();
    child.stderr!.on('data', (chunk) => {
      this.#said += chunk;
    });
    this.#children.push(child);
    return child;
  }
}
