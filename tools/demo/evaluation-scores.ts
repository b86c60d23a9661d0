import { type EvaluationRecord, quoteText } from '@signalbox/contracts';
import { type BlobStore, blobKey, readJsonBlob } from '@signalbox/serving/stores';
import { withDuckDb } from '../duckdb/index.js';
import type { ScoredRows } from '../report/index.js';

/** The scored rows of an evaluation, in the order of their labels' ids, so that two versions lie side by side. */
export async function readEvaluationScores(store: BlobStore, digest: string): Promise<ScoredRows> {
  const record = (await readJsonBlob(store, digest)) as EvaluationRecord;
  const path = await store.localPath(blobKey(record.scores.digest));
  const [labels, scores] = await withDuckDb({}, (database) =>
    database.columns(`SELECT label, score FROM read_parquet(${quoteText(path)}) ORDER BY label_id`),
  );
  return {
    labels: Uint8Array.from((labels ?? []) as readonly number[]),
    scores: Float64Array.from((scores ?? []) as readonly number[]),
  };
}
