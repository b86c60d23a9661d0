import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutcomeRecord, PredictionRecord } from '@signalbox/contracts';
import { openBlobStore } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinOutcomes } from './index.js';

const LIVE = `sha256:${'1'.repeat(64)}`;
const OTHER = `sha256:${'2'.repeat(64)}`;
const REQUEST = { environment: 'prod', package: LIVE, fromUs: 1000, toUs: 2000 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-outcomes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const AS_MEANT = { degraded: null, failures: [] };
const idOf = (counter: string, pod = 'pod-1') => `late.1.1.${pod}.abc.${counter}`;

function answer(id: string, change: Partial<PredictionRecord> = {}): Partial<PredictionRecord> {
  return {
    id,
    model: 'late',
    package: LIVE,
    atUs: 1500,
    role: 'champion',
    score: 0.4,
    sampled: true,
    ...AS_MEANT,
    ...change,
  };
}

function outcome(predictionId: string, change: Partial<OutcomeRecord> = {}): Partial<OutcomeRecord> {
  return { predictionId, model: 'late', outcome: true, observedAtUs: 3000, ...change };
}

/** By place under `evidence/`, the lines of one segment. */
async function joinOf(segments: Readonly<Record<string, readonly unknown[]>>) {
  const store = openBlobStore(folder);
  for (const [place, lines] of Object.entries(segments)) {
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    await store.write(`evidence/${place}/1-000001.jsonl`, `${text}\n`);
  }
  return joinOutcomes(store, REQUEST);
}

const PREDICTIONS = 'prod/pod-1/predictions';
const OUTCOMES = 'prod/pod-2/outcomes';

describe('outcomes', () => {
  it('are joined by id, whichever pod took them, whatever was written first', async () => {
    const found = await joinOf({ 'prod/pod-0/outcomes': [outcome(idOf('1'))], [PREDICTIONS]: [answer(idOf('1'))] });
    expect(found).toEqual({
      joined: [{ id: idOf('1'), atUs: 1500, score: 0.4, outcome: true }],
      answers: 1,
      waiting: 0,
      repeated: 0,
      contradicted: 0,
      early: 0,
      unknown: 0,
      unreadable: 0,
    });
  });

  it('count once when they come twice', async () => {
    const twice = [outcome(idOf('1')), outcome(idOf('1'), { observedAtUs: 3500, outcome: 1 })];
    expect(await joinOf({ [PREDICTIONS]: [answer(idOf('1'))], [OUTCOMES]: twice })).toMatchObject({
      joined: [{ outcome: true }],
      repeated: 1,
      contradicted: 0,
    });
  });

  it('are left out, and told, when they contradict each other', async () => {
    const both = [outcome(idOf('1')), outcome(idOf('1'), { outcome: false })];
    expect(await joinOf({ [PREDICTIONS]: [answer(idOf('1'))], [OUTCOMES]: both })).toMatchObject({
      joined: [],
      contradicted: 1,
    });
  });

  it('cannot have been observed before the answer was asked for', async () => {
    const early = [outcome(idOf('1'), { observedAtUs: 1499 }), outcome(idOf('2'), { observedAtUs: 1500 })];
    expect(await joinOf({ [PREDICTIONS]: [answer(idOf('1')), answer(idOf('2'))], [OUTCOMES]: early })).toMatchObject({
      joined: [{ id: idOf('2') }],
      early: 1,
    });
  });

  it('of answers that nobody here gave are unknown; of answers outside of the sample they are not', async () => {
    const strange = [outcome(idOf('1', 'pod-9')), outcome('no id'), outcome(idOf('77'))];
    expect(await joinOf({ [PREDICTIONS]: [answer(idOf('1'))], [OUTCOMES]: strange })).toMatchObject({
      joined: [],
      waiting: 1,
      unknown: 2,
    });
  });

  it('judge only the package, the time and the even sample that are asked about', async () => {
    const answers = [
      answer(idOf('1'), { package: OTHER }),
      answer(idOf('2'), { atUs: 999 }),
      answer(idOf('3'), { atUs: 2000 }),
      answer(idOf('4'), { sampled: false }),
      answer(idOf('5'), { role: 'shadow' }),
      answer(idOf('6'), { role: 'fallback' }),
      answer(idOf('7'), { role: 'pinned' }),
      answer(idOf('8'), { role: 'candidate', atUs: 1000 }),
      answer(idOf('9'), { failures: [{ version: 2, reason: 'timeout' }] }),
      answer(idOf('10'), { degraded: 'features unavailable' }),
    ];
    const outcomes = answers.map(({ id }) => outcome(id!));
    const { joined, answers: counted } = await joinOf({ [PREDICTIONS]: answers, [OUTCOMES]: outcomes });
    expect([counted, joined.map(({ id }) => id)]).toEqual([1, [idOf('8')]]);
  });

  it('and answers that are no records are counted, and stop nothing', async () => {
    const found = await joinOf({
      [PREDICTIONS]: ['{"id":', 'null', '[]', answer(idOf('1', 'pod-2')), answer(idOf('2'), { atUs: 'soon' as never })],
      [OUTCOMES]: [
        '7',
        outcome(idOf('1'), { outcome: 'late' as never }),
        outcome(idOf('1'), { observedAtUs: null as never }),
      ],
    });
    expect(found).toMatchObject({ joined: [], answers: 0, unreadable: 8 });
  });

  it('of another environment are not read', async () => {
    expect(await joinOf({ 'staging/pod-1/predictions': [answer(idOf('1'))] })).toMatchObject({ answers: 0 });
  });
});
