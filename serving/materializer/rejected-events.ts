import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompiledAggregateView } from '@signalbox/contracts';
import { guarded } from '../stores/index.js';
import type { RejectedEvent } from './view-folder.js';

/** Where refused events go. */
export interface RejectedSink {
  write(view: CompiledAggregateView, rejected: readonly RejectedEvent[]): Promise<void>;
}

/** Lines a file takes from one process; what comes after is only counted. */
const MAX_LINES = 10_000;

/**
 * Refused events as lines of `<folder>/<late|malformed>/<view>.jsonl`, with the reason. Written before the batch is committed, so
 * that none is missed: after a crash some lines may stand twice (offset and partition tell).
 */
export class RejectedFiles implements RejectedSink {
  readonly #folder: string;
  readonly #lines = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(view: CompiledAggregateView, rejected: readonly RejectedEvent[]): Promise<void> {
    for (const kind of ['late', 'malformed'] as const) {
      const path = join(this.#folder, kind, `${view.name}.jsonl`);
      const written = this.#lines.get(path) ?? 0;
      const lines = rejected.filter((each) => each.kind === kind).slice(0, Math.max(0, MAX_LINES - written));
      if (lines.length === 0) continue;
      this.#lines.set(path, written + lines.length);
      const text = lines.map(({ event, reason }) => `${JSON.stringify({ view: view.digest, reason, ...event })}\n`);
      await guarded(`write ${path}`, async () => {
        await mkdir(join(this.#folder, kind), { recursive: true });
        await appendFile(path, text.join(''));
      });
    }
  }
}
