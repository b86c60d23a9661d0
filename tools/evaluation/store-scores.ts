import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobRef, quoteText } from '@signalbox/contracts';
import { type BlobStore, putBlob } from '@signalbox/serving/stores';
import { withDuckDb } from '../duckdb/index.js';

export interface ScoredLabels {
  readonly labelIds: readonly string[];
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
}

/** Keeps scores as Parquet: `label_id`, `label`, `score`, in the dataset's order. The same scores give the same bytes. */
export async function storeScores(
  store: BlobStore,
  { labelIds, labels, scores }: ScoredLabels,
  workFolder: string,
): Promise<BlobRef> {
  await mkdir(workFolder, { recursive: true });
  const draft = join(workFolder, `scores-${randomUUID()}`);
  const lines = labelIds.map((id, row) => `${id},${labels[row]},${scores[row]}`);
  try {
    // A JavaScript number prints as the shortest text that reads back as the same double, so nothing is lost on the way.
    await writeFile(`${draft}.csv`, `label_id,label,score\n${lines.join('\n')}\n`);
    const columns = `{'label_id': 'VARCHAR', 'label': 'UTINYINT', 'score': 'DOUBLE'}`;
    await withDuckDb({ threads: 1 }, (database) =>
      database.run(
        `COPY (SELECT * FROM read_csv(${quoteText(`${draft}.csv`)}, header = true, columns = ${columns}))
         TO ${quoteText(`${draft}.parquet`)} (FORMAT parquet, COMPRESSION zstd)`,
      ),
    );
    const bytes = await readFile(`${draft}.parquet`);
    await putBlob(store, bytes);
    return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, sizeBytes: bytes.length };
  } finally {
    await rm(`${draft}.csv`, { force: true });
    await rm(`${draft}.parquet`, { force: true });
  }
}
