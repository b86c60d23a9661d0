import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVIDENCE_WINDOW_US, MS_PER_DAY, MS_PER_HOUR } from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askedUnder, NOW_MS, objectOf, segmentOf, writeSegment } from '../../tests/support/written-evidence.js';
import { readWindows } from './read-windows.js';

const HOUR = EVIDENCE_WINDOW_US;
const QUESTION = { environment: 'prod', model: 'm', fromUs: 0, toUs: 10 * HOUR, wallNowMs: NOW_MS };

describe('the windows of a model', () => {
  let folder: string;
  let store: BlobStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-windows-'));
    store = openBlobStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const windows = (change = {}) => readWindows(store, { ...QUESTION, ...change });
  const at = (hour: number, asked: number, change = {}) => askedUnder(2, asked, { windowUs: hour * HOUR, ...change });

  it('are none where nobody wrote', async () => {
    expect(await windows()).toEqual({ cells: [], problems: [] });
  });

  it('add up over pods, processes, manifests and segments, by package, route and window', async () => {
    await writeSegment(store, segmentOf([at(0, 1), at(1, 10), at(1, 5, { route: 'champion' })]));
    await writeSegment(store, segmentOf([at(1, 100, { serial: 3 }), at(1, 9, { model: 'other' })], { sequence: 2 }));
    await writeSegment(store, segmentOf([at(1, 1000)], { run: 'b2' }));
    await writeSegment(store, segmentOf([at(1, 10_000), at(9, 7)], { pod: 'pod-2' }));
    const { cells, problems } = await windows();
    expect(problems).toEqual([]);
    expect(cells.map(({ asked, route, windowUs }) => [windowUs / HOUR, route, asked])).toEqual([
      [0, 'candidate', 1],
      [1, 'candidate', 11_110],
      [1, 'champion', 5],
      [9, 'candidate', 7],
    ]);
  });

  it('start at the first moment asked for and end before the last', async () => {
    await writeSegment(store, segmentOf([at(2, 1), at(3, 1), at(4, 1)]));
    const { cells } = await windows({ fromUs: 3 * HOUR, toUs: 4 * HOUR });
    expect(cells.map(({ windowUs }) => windowUs / HOUR)).toEqual([3]);
  });

  it('do not read days that end before them', async () => {
    const long = { fromWallMs: 0, toWallMs: NOW_MS - 10 * MS_PER_DAY };
    const { key } = objectOf(segmentOf([at(0, 1)], { ...long }));
    await store.write(key, 'half written, and nobody asks');
    const recent = Math.floor((NOW_MS * 1000) / HOUR);
    await writeSegment(store, segmentOf([at(recent, 4)], { sequence: 2 }));
    const { cells, problems } = await windows({ fromUs: recent * HOUR, toUs: (recent + 1) * HOUR });
    expect(cells).toMatchObject([{ asked: 4 }]);
    expect(problems).toEqual([]);
  });

  it('leave out what is not whole, and say so', async () => {
    await writeSegment(store, segmentOf([at(1, 1)]));
    await writeSegment(store, segmentOf([at(1, 10)], { sequence: 4 }));
    const half = objectOf(segmentOf([at(1, 100)], { pod: 'pod-2' }));
    await store.write(half.key, half.text.slice(1));
    const early = { toWallMs: NOW_MS + MS_PER_HOUR };
    await writeSegment(store, segmentOf([at(1, 1000)], { pod: 'pod-3', ...early }));
    await writeSegment(store, segmentOf([at(1, 5, { asked: 1, failed: { error: 2 } })], { pod: 'pod-4' }));
    await store.write('evidence/prod/pod-5/segments/notes.txt', 'nothing');
    const { cells, problems } = await windows();
    expect(cells).toMatchObject([{ asked: 11 }]);
    expect(problems).toEqual([
      'segment 2 of pod-1 (process a1) is missing',
      'segment 1 of pod-2 (process a1) is half written or was changed: its bytes do not match its name',
      'segment 1 of pod-3 (process a1) is of a clock that is 3600 s ahead',
      'segment 1 of pod-4 (process a1) counts more failures, times or scores of m than requests',
    ]);
  });

  it('count a segment that was written twice once', async () => {
    await writeSegment(store, segmentOf([at(1, 8)]));
    await writeSegment(store, segmentOf([at(1, 8)], { toWallMs: NOW_MS }));
    expect((await windows()).cells).toMatchObject([{ asked: 8 }]);
  });

  it('refuse counts in other bins than the rest of the package', async () => {
    const one = at(1, 2, {
      score: [1, 1, 0],
      features: [
        [2, 0],
        [0, 1, 1],
      ],
    });
    await writeSegment(store, segmentOf([at(1, 3), one]));
    await writeSegment(store, segmentOf([{ ...one, score: [0, 0, 1, 1] }], { pod: 'pod-2' }));
    await writeSegment(store, segmentOf([{ ...one, features: [[2, 0]] }], { pod: 'pod-3' }));
    const { cells, problems } = await windows();
    expect(cells).toMatchObject([{ asked: 5, score: [1, 1, 0] }]);
    expect(problems).toEqual([
      'segment 1 of pod-2 (process a1) counts in other bins than the rest of its package',
      'segment 1 of pod-3 (process a1) counts in other bins than the rest of its package',
    ]);
  });
});
