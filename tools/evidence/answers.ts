import { type EvidenceCell, failuresOf, type OutcomeRecord, type PredictionRecord } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { isRecord, parseOrNull } from './checks.js';
import { readLines } from './log-lines.js';
import { asOutcome, asPrediction } from './log-records.js';
import { podsOf } from './pods.js';

/** Segments are named by when they were sealed, and a record is in one that was sealed after it was made, unless the pod's clock was set back. */
const CLOCK_SLACK_MS = 60_000;

/** The logged line of one answer, or null where the sample left it out or nothing is there any more. */
export async function findPrediction(
  store: BlobStore,
  { environment, id, pod, wallMs }: { environment: string; id: string; pod: string; wallMs: number },
): Promise<PredictionRecord | null> {
  for await (const line of linesNaming(store, { prefix: `evidence/${environment}/${pod}/predictions/`, id, wallMs })) {
    const record = asPrediction(line, pod);
    if (record?.id === id && isShown(record)) return record;
  }
  return null;
}

/** Whether the values that people look at are of the form that pods write. */
function isShown({ entities, request }: PredictionRecord): boolean {
  return isRecord(request) && isRecord(entities) && Object.values(entities).every(Array.isArray);
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
      const record = asOutcome(line);
      if (record?.predictionId === id) found.push(record);
    }
  }
  return found;
}

export interface AnswerCount {
  readonly pod: string;
  /** Digest of the package that answered. */
  readonly package: string;
  readonly answers: number;
}

/** How many answers of each package each pod has logged; copies in shadow, which nobody got, are none. Of a sampled log, the sample. */
export async function countLogged(store: BlobStore, environment: string): Promise<readonly AnswerCount[]> {
  const counts = new Map<string, AnswerCount>();
  for await (const { pod, value } of readLines(store, environment, 'predictions')) {
    const { package: digest, role } = (value ?? {}) as Partial<PredictionRecord>;
    if (typeof digest !== 'string' || role === 'shadow' || role === 'none') continue;
    const name = `${pod} ${digest}`;
    counts.set(name, { pod, package: digest, answers: (counts.get(name)?.answers ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** How many answers a package gave, from the cells that count all of its traffic: sampled or not. */
export function answersIn(cells: readonly EvidenceCell[], digest: string): number {
  const own = cells.filter((cell) => cell.package === digest && cell.route !== 'shadow' && cell.route !== 'rule');
  return own.reduce((sum, cell) => sum + cell.asked - failuresOf(cell), 0);
}

/** Parsed lines that hold an id somewhere, of segments that were sealed when or after it was made; null for one that is not JSON. */
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
      if (line.includes(id)) yield parseOrNull(line);
    }
  }
}
