import type { OutcomeRecord, PredictionRecord } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';

/** Segments are named by when they were sealed, and a record is in one that was sealed after it was made, unless the pod's clock was set back. */
const CLOCK_SLACK_MS = 60_000;

/** The logged line of one answer, or null where the sample left it out or nothing is there any more. */
export async function findPrediction(
  store: BlobStore,
  { environment, id, pod, wallMs }: { environment: string; id: string; pod: string; wallMs: number },
): Promise<PredictionRecord | null> {
  for await (const line of linesNaming(store, { prefix: `evidence/${environment}/${pod}/predictions/`, id, wallMs })) {
    const record = line as PredictionRecord;
    if (record.id === id) return record;
  }
  return null;
}

/** Every outcome that came back for one answer, on any pod. */
export async function findOutcomes(
  store: BlobStore,
  { environment, id, wallMs }: { environment: string; id: string; wallMs: number },
): Promise<readonly OutcomeRecord[]> {
  const found: OutcomeRecord[] = [];
  for (const pod of await podsOf(store, environment)) {
    const prefix = `evidence/${environment}/${pod}/outcomes/`;
    for await (const line of linesNaming(store, { prefix, id, wallMs })) {
      const record = line as OutcomeRecord;
      if (record.predictionId === id) found.push(record);
    }
  }
  return found;
}

/** The names of all pods that ever wrote to an environment. */
export async function podsOf(store: BlobStore, environment: string): Promise<readonly string[]> {
  const pods = new Set<string>();
  for await (const { key } of store.list(`evidence/${environment}/`)) pods.add(key.split('/')[2]!);
  return [...pods];
}

export interface LoggedCount {
  readonly pod: string;
  readonly package: string;
  readonly predictions: number;
}

/** How many answers of each package each pod has logged: of a sampled log, the sample. */
export async function countPredictions(store: BlobStore, environment: string): Promise<readonly LoggedCount[]> {
  const counts = new Map<string, LoggedCount>();
  for await (const { key } of store.list(`evidence/${environment}/`)) {
    const pod = /^evidence\/[^/]+\/([^/]+)\/predictions\/[^/]+\.jsonl$/.exec(key)?.[1];
    if (pod === undefined) continue;
    const text = Buffer.from((await store.read(key))?.bytes ?? []).toString('latin1');
    // Quotes inside of values are escaped, so this can only be the record's own key.
    for (const [, digest] of text.matchAll(/"package":"(sha256:[0-9a-f]{64})"/g)) {
      const name = `${pod} ${digest}`;
      const predictions = (counts.get(name)?.predictions ?? 0) + 1;
      counts.set(name, { pod, package: digest!, predictions });
    }
  }
  return [...counts.values()];
}

/** Parsed lines that hold an id somewhere, of segments that were sealed when or after it was made. What is no JSON is no line. */
async function* linesNaming(
  store: BlobStore,
  { prefix, id, wallMs }: { prefix: string; id: string; wallMs: number },
): AsyncIterable<unknown> {
  for await (const { key } of store.list(prefix)) {
    const sealedMs = Number(/\/(\d+)-\d+\.jsonl$/.exec(key)?.[1] ?? Number.NaN);
    if (!(sealedMs >= wallMs - CLOCK_SLACK_MS)) continue;
    const bytes = Buffer.from((await store.read(key))?.bytes ?? []);
    if (!bytes.includes(id)) continue;
    for (const line of bytes.toString('utf8').split('\n')) {
      if (line.includes(id)) yield* parsed(line);
    }
  }
}

function parsed(line: string): unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value] : [];
  } catch {
    return [];
  }
}
