import type { PodStatus } from '@signalbox/contracts';
import type { BlobStore } from '../stores/index.js';

export interface StatusWriterOptions {
  readonly store: Pick<BlobStore, 'read' | 'write'>;
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

/** Whoever starts under a name that is in use finds out within these first writes; a process that is gone writes nothing between them. */
const CHECKED_WRITES = 5;
/** Larger than any status. */
const MAX_STATUS_BYTES = 16 * 1024 * 1024;

/** Writes the status every interval and at once when something changed; one write at a time, and a failed one is not the requests' problem. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | null = null;
  #again = false;
  #checks = CHECKED_WRITES;
  #lastEtag: string | null = null;

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
        await this.#warnOfNamesake();
        const { etag } = await store.write(statusKey(environment, pod), JSON.stringify(build()));
        this.#lastEtag = etag;
      } catch (error) {
        onProblem(error instanceof Error ? error.message : String(error));
      }
    } while (this.#again);
  }

  /** What we wrote is there until another process replaces it. No clocks are compared: pods run on many machines. */
  async #warnOfNamesake(): Promise<void> {
    if (this.#lastEtag === null || this.#checks === 0) return;
    this.#checks -= 1;
    const { environment, onProblem, pod, store } = this.#options;
    const found = await store.read(statusKey(environment, pod), { maxBytes: MAX_STATUS_BYTES }).catch(() => null);
    if (found === null || found.etag === this.#lastEtag) return;
    this.#checks = 0;
    onProblem(
      `another process runs as pod ${pod} of ${environment} and writes the same status: what each of them says replaces what the other said, and the reconciler counts one pod. Stop one of the two, or give it a --name of its own`,
    );
  }
}
