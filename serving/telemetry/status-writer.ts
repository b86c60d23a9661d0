import type { PodStatus } from '@signalbox/contracts';
import type { BlobStore } from '../stores/index.js';

export interface StatusWriterOptions {
  readonly store: Pick<BlobStore, 'write'>;
  readonly environment: string;
  readonly pod: string;
  readonly intervalMs: number;
  readonly build: () => PodStatus;
  readonly onProblem: (problem: string) => void;
}

/** Where a pod says how it is. */
export function statusKey(environment: string, pod: string): string {
  return `evidence/${environment}/${pod}/status.json`;
}

/** Writes the status every interval and at once when something changed; one write at a time, and a failed one is not the requests' problem. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | null = null;
  #again = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.write(), options.intervalMs);
  }

  /** Resolves when a status built at or after this call is written (or could not be). */
  write(): Promise<void> {
    if (this.#writing !== null) {
      this.#again = true;
      return this.#writing;
    }
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  /** Writes one last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }

  async #writeAll(): Promise<void> {
    do {
      this.#again = false;
      const { store, environment, pod, build, onProblem } = this.#options;
      try {
        await store.write(statusKey(environment, pod), JSON.stringify(build()));
      } catch (error) {
        onProblem(error instanceof Error ? error.message : String(error));
      }
    } while (this.#again);
  }
}
