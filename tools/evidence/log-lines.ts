import type { BlobStore } from '@signalbox/serving/stores';
import { parseOrNull } from './checks.js';
import { podsOf } from './pods.js';

export interface LogLine {
  /** Whose log it is in, by its place. */
  readonly pod: string;
  /** Null for a line that is not JSON. */
  readonly value: unknown;
}

/** Every line of one kind of log of an environment, pod after pod, in the order in which they were sealed: one segment in memory at a time. */
export async function* readLines(
  store: BlobStore,
  environment: string,
  kind: 'predictions' | 'outcomes',
): AsyncIterable<LogLine> {
  for (const pod of await podsOf(store, environment)) {
    for await (const { key } of store.list(`evidence/${environment}/${pod}/${kind}/`)) {
      const lines = Buffer.from((await store.read(key))?.bytes ?? [])
        .toString('utf8')
        .split('\n');
      for (const line of lines) if (line !== '') yield { pod, value: parseOrNull(line) };
    }
  }
}
