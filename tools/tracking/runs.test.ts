import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '@signalbox/contracts';
import { type BlobStore, blobKey, openBlobStore } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareRuns } from './compare.js';
import { findRun, listRuns, readRun, saveRun } from './runs.js';

const ONNX = { digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 3 };

function run(id: string, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: 'signalbox/run/1',
    id,
    model: 'm',
    commit: 'c1',
    dataset: 'd1',
    features: 'f1',
    codeTree: 't1',
    environment: 'e1',
    parameters: { depth: 3 },
    seed: 1,
    onnx: ONNX,
    reported: { loss: 0.5 },
    cpuSeconds: 1,
    peakBytes: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    wallSeconds: 1,
    ...changes,
  };
}

describe('training runs in the store', () => {
  let root: string;
  let store: BlobStore;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'signalbox-runs-'));
    store = openBlobStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('are listed newest first, each model’s own', async () => {
    await saveRun(store, run('m-1'), 'log');
    await saveRun(store, run('m-2', { startedAt: '2026-01-02T00:00:00.000Z' }), 'log');
    await saveRun(store, run('n-1', { model: 'n' }), 'log');
    expect((await listRuns(store, 'm')).map(({ id }) => id)).toEqual(['m-2', 'm-1']);
    expect(await listRuns(store, 'other')).toEqual([]);
  });

  it('are found only while their whole model file is there', async () => {
    await saveRun(store, run('m-1'), 'log');
    expect(await findRun(store, 'm', 'm-1')).toBeNull();
    await store.write(blobKey(ONNX.digest), 'ab');
    expect(await findRun(store, 'm', 'm-1')).toBeNull();
    await store.write(blobKey(ONNX.digest), 'abc');
    expect(await findRun(store, 'm', 'm-1')).toEqual(run('m-1'));
  });

  it('say which runs there are when one is asked for that is not', async () => {
    await expect(readRun(store, 'm', 'm-9')).rejects.toMatchObject({ hint: 'Train one: signalbox train m' });
    await saveRun(store, run('m-1'), 'log');
    await expect(readRun(store, 'm', 'm-9')).rejects.toMatchObject({
      code: 'store/not-found',
      hint: 'There are: m-1.',
    });
  });

  it('are compared by what they were given, then by what came of it', () => {
    const other = run('m-2', {
      commit: 'c2',
      parameters: { depth: 4, rate: 0.1 },
      reported: { loss: 0.4 },
      onnx: { ...ONNX, digest: 'sha256:b' },
    });
    expect(compareRuns(run('m-1'), other).map(({ field, before, after }) => `${field}: ${before} -> ${after}`)).toEqual(
      [
        'commit: c1 -> c2',
        'parameters.depth: 3 -> 4',
        'parameters.rate: null -> 0.1',
        'reported.loss: 0.5 -> 0.4',
        `onnx: ${ONNX.digest} -> sha256:b`,
      ],
    );
    expect(compareRuns(other, other)).toEqual([]);
  });
});
