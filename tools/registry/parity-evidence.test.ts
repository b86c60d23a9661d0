import { join } from 'node:path';
import { quoteText } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProposalWorld, type ProposalWorld } from '../../tests/pipeline/proposal-world.js';
import { withDuckDb } from '../duckdb/index.js';
import { type BuiltDataset, makeDataset, type Snapshots, takeSnapshots } from './data-steps.js';
import { checkParity } from './parity-evidence.js';
import { openPipeline, type Pipeline } from './pipeline.js';

describe('features recomputed as a pod reads them', () => {
  let world: ProposalWorld;
  let pipeline: Pipeline;
  let snapshots: Snapshots;
  let data: BuiltDataset;

  beforeAll(async () => {
    world = await createProposalWorld();
    pipeline = await openPipeline(world.options);
    snapshots = await takeSnapshots(pipeline, [pipeline.bundle]);
    const { period } = pipeline.definition.evaluation;
    data = await makeDataset(pipeline, { snapshots, period, bundle: pipeline.bundle, purpose: 'evaluation' });
  });
  afterAll(() => world.remove());

  /** The dataset with one column changed by an SQL expression. */
  async function tampered(column: string, expression: string): Promise<BuiltDataset> {
    const path = join(world.folder, '.signalbox', 'tampered.parquet');
    await withDuckDb({}, (database) =>
      database.run(
        `COPY (SELECT * REPLACE (${expression} AS "${column}") FROM read_parquet(${quoteText(data.path)}))
         TO ${quoteText(path)} (FORMAT parquet)`,
      ),
    );
    return { ...data, path };
  }

  it('equal the dataset', async () => {
    const evidence = await checkParity(pipeline, data, snapshots);
    expect(evidence).toMatchObject({ rows: 40, checked: 80, unexplained: 0, example: null });
  });

  it('do not hide a value that is off by a thousandth, and name it', async () => {
    const column = 'history.dispute_share_7d';
    const evidence = await checkParity(pipeline, await tampered(column, `"${column}" * 1.001`), snapshots);
    expect(evidence.unexplained).toBe(40);
    expect(evidence.example).toMatch(/^history\.dispute_share_7d of label \d+: 0\.\d+ in the dataset, 0\.\d+ online$/);
  });

  it('do not take a missing value for a number', async () => {
    const evidence = await checkParity(pipeline, await tampered('request.amount', 'NULL::DOUBLE'), snapshots);
    expect(evidence.unexplained).toBe(40);
  });
});
