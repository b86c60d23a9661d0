import type { BlobStore } from '@signalbox/serving/stores';

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
  const root = `evidence/${environment}/`;
  for (const name of await store.listNames(root)) {
    if (!name.endsWith('/')) continue;
    for await (const { key } of store.list(`${root}${name}${kind}/`)) {
      const lines = Buffer.from((await store.read(key))?.bytes ?? [])
        .toString('utf8')
        .split('\n');
      for (const line of lines) if (line !== '') yield { pod: name.slice(0, -1), value: parseOrNull(line) };
    }
  }
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
