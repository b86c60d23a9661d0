import { DemoProcess, type ProcessOptions } from './processes.js';

/** All that the demo started and must not leave behind. */
export class ProcessGroup {
  readonly #processes: DemoProcess[] = [];

  start(options: ProcessOptions): DemoProcess {
    const started = new DemoProcess(options);
    this.#processes.push(started);
    return started;
  }

  get running(): readonly DemoProcess[] {
    return this.#processes;
  }

  /** Throws what a process that died has said last. */
  async assertAllRunning(): Promise<void> {
    for (const each of this.#processes) await each.assertRunning();
  }

  leaveRunning(): void {
    for (const each of this.#processes) each.leaveRunning();
  }

  /** Newest first, so that pods stop before what feeds them. */
  async stopAll(): Promise<void> {
    for (const each of this.#processes.splice(0).reverse()) await each.stop();
  }
}
