import { type RunRecord, SignalboxError } from '@signalbox/contracts';
import { type BlobStore, blobKey } from '@signalbox/serving/stores';

const runKey = (model: string, id: string) => `runs/${model}/${id}.json`;
const logKey = (model: string, id: string) => `runs/${model}/${id}.log`;

/** Keeps a run and its log. A run is immutable: writing the same id again changes nothing. */
export async function saveRun(store: BlobStore, run: RunRecord, log: string): Promise<void> {
  await store.write(logKey(run.model, run.id), log);
  await store.write(runKey(run.model, run.id), `${JSON.stringify(run, null, 2)}\n`);
}

/** What the trainer of a run said; empty where nothing was kept. */
export async function readLog(store: BlobStore, { id, model }: Pick<RunRecord, 'id' | 'model'>): Promise<string> {
  const found = await store.read(logKey(model, id));
  return found === null ? '' : Buffer.from(found.bytes).toString('utf8');
}

/** The run with this id, if its model file is still there; null otherwise, so that a cleaned store trains again. */
export async function findRun(store: BlobStore, model: string, id: string): Promise<RunRecord | null> {
  const found = await store.read(runKey(model, id));
  if (found === null) return null;
  const run = JSON.parse(Buffer.from(found.bytes).toString('utf8')) as RunRecord;
  for await (const { sizeBytes } of store.list(blobKey(run.onnx.digest))) {
    if (sizeBytes === run.onnx.sizeBytes) return run;
  }
  return null;
}

/** Throws `store/not-found`, and says which runs there are. */
export async function readRun(store: BlobStore, model: string, id: string): Promise<RunRecord> {
  const found = await store.read(runKey(model, id));
  if (found !== null) return JSON.parse(Buffer.from(found.bytes).toString('utf8')) as RunRecord;
  const known = (await listRuns(store, model)).map((run) => run.id);
  throw new SignalboxError('store/not-found', `there is no run "${id}" of ${model}`, {
    hint: known.length === 0 ? `Train one: signalbox train ${model}` : `There are: ${known.join(', ')}.`,
  });
}

/** The runs of a model, newest first. */
export async function listRuns(store: BlobStore, model: string): Promise<readonly RunRecord[]> {
  const runs: RunRecord[] = [];
  for await (const { key } of store.list(`runs/${model}/`)) {
    if (!key.endsWith('.json')) continue;
    const found = await store.read(key);
    if (found !== null) runs.push(JSON.parse(Buffer.from(found.bytes).toString('utf8')) as RunRecord);
  }
  return runs.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}
