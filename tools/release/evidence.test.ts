import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, podStatus } from '../../tests/support/release-world.js';
import { evidenceFor, parsePodStatus, StoreEvidence, staleAfterMs } from './evidence.js';

describe('evidence from the artifact store', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-evidence-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is empty where nobody wrote, and follows what pods write', async () => {
    const store = openBlobStore(folder);
    let now = 0;
    const evidence = new StoreEvidence(store, () => now);
    expect(await evidence.read('prod')).toEqual([]);
    await store.write('evidence/prod/pod-1/status.json', JSON.stringify(podStatus('pod-1', 1)));
    await store.write('evidence/prod/pod-1/predictions/1.jsonl', 'not a status');
    await store.write('evidence/staging/pod-9/status.json', JSON.stringify(podStatus('pod-9', 1)));
    expect((await evidence.read('prod')).map((one) => one.pod)).toEqual(['pod-1']);
    await store.write('evidence/prod/pod-1/status.json', JSON.stringify(podStatus('pod-2', 2)));
    expect(await evidence.read('prod')).toEqual([]);
    await store.write('evidence/prod/pod-1/status.json', JSON.stringify(podStatus('pod-1', 2)));
    expect((await evidence.read('prod'))[0]!.models.late!.appliedSerial).toBe(2);
    await store.write('evidence/prod/pod-2/status.json', JSON.stringify(podStatus('pod-2', 2)));
    now += 60_000;
    expect((await evidence.read('prod')).map((one) => one.pod)).toEqual(['pod-1', 'pod-2']);
    await store.remove('evidence/prod/pod-2/status.json');
    expect((await evidence.read('prod')).map((one) => one.pod)).toEqual(['pod-1']);
  });

  it('is not taken from what does not look like a status: pods are less trusted than Git', () => {
    const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    const good = podStatus('pod-1', 1, { 1: [10, 2] });
    expect(parsePodStatus(bytes(good))).toEqual(good);
    const model = good.models.late!;
    const counted = (change: object) => ({
      ...good,
      models: {
        late: { ...model, sinceApplied: { [digestOf(1)]: { ...model.sinceApplied[digestOf(1)], ...change } } },
      },
    });
    const bad = [
      'no json',
      '[]',
      'null',
      { ...good, schema: 'other/1' },
      { ...good, models: null },
      { ...good, writtenAtMs: 'now' },
      counted({ failed: 11 }),
      counted({ chosen: -1, failed: -1 }),
      counted({ chosen: 1e300 }),
      counted({ shadowed: 'many' }),
    ];
    for (const one of bad) expect(parsePodStatus(bytes(one))).toBeNull();
  });

  it('counts a pod as fresh while it writes, and leaves out pods that do not serve the model', () => {
    const statuses = [
      { ...podStatus('fresh', 1), writtenAtMs: 90_000 },
      { ...podStatus('silent', 1), writtenAtMs: 10_000 },
      { ...podStatus('other', 1), models: {} },
    ];
    const about = { model: 'late', wallNowMs: 100_000, staleMs: staleAfterMs(500) };
    expect(evidenceFor(statuses, about).map(({ fresh, pod }) => `${pod} ${fresh}`)).toEqual([
      'fresh true',
      'silent false',
    ]);
    expect(staleAfterMs(60_000)).toBe(180_000);
  });
});
