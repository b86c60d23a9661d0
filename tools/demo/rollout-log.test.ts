import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPublications, rolloutEntries } from './rollout-log.js';

const line = (serial: number, changed: boolean) =>
  JSON.stringify({
    at: '2026-01-01T00:00:01.500Z',
    event: 'outcome',
    changed,
    manifest: {
      serial,
      champion: 1,
      candidate: 2,
      candidateBuckets: 2_500,
      shadow: { version: 2, buckets: 1_000 },
      rollout: { phase: 'canary' },
    },
    reasons: ['the step passed'],
    verdicts: [
      { id: 'rollout/pods', verdict: 'pass', sentence: '2 pods report.' },
      { id: 'rollout/error-rate', verdict: 'pass', sentence: 'At most 1 % worse.' },
    ],
  });

describe("the reconciler's log", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-rollout-log-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is empty before anything was published', async () => {
    expect(await readPublications(join(folder, 'none.jsonl'))).toEqual([]);
  });

  it('gives what was published, without passes that changed nothing, failures, or a line that is still being written', async () => {
    const path = join(folder, 'rollout.jsonl');
    const failure = JSON.stringify({ at: '2026-01-01T00:00:00Z', event: 'failure', message: 'away' });
    await writeFile(
      path,
      [line(1, true), line(1, false), failure, line(2, true), line(3, true).slice(0, 40)].join('\n'),
    );
    expect((await readPublications(path)).map(({ manifest }) => manifest.serial)).toEqual([1, 2]);
  });

  it('becomes rows of the report: shares, event time, the reason, and what was measured', async () => {
    const path = join(folder, 'one.jsonl');
    await writeFile(path, `${line(7, true)}\n`);
    expect(rolloutEntries(await readPublications(path), (wallMs) => wallMs + 1)).toEqual([
      {
        wallMs: Date.UTC(2026, 0, 1, 0, 0, 1, 500),
        eventUs: Date.UTC(2026, 0, 1, 0, 0, 1, 500) + 1,
        serial: 7,
        phase: 'canary',
        champion: 1,
        candidate: 2,
        share: 0.25,
        shadowShare: 0.1,
        reason: 'The step passed.',
        verdicts: [
          { id: 'rollout/pods', verdict: 'pass', sentence: '2 pods report.' },
          { id: 'rollout/error-rate', verdict: 'pass', sentence: 'At most 1 % worse.' },
        ],
      },
    ]);
  });
});
