import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EvidenceSegment, MS_PER_DAY, MS_PER_HOUR, type PodStatus, segmentPrefix } from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountingStore } from '../../tests/support/counting-store.js';
import {
  askedUnder,
  NOW_MS,
  objectOf,
  segmentOf,
  statusOf,
  writeSegment,
  writeStatus,
} from '../../tests/support/written-evidence.js';
import { PodReports } from './pod-reports.js';

const QUESTION = { environment: 'prod', models: ['m'], staleMs: 15_000 };

describe('what pods wrote', () => {
  let folder: string;
  let store: BlobStore;
  let nowMs = NOW_MS;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-reports-'));
    store = openBlobStore(folder);
    nowMs = NOW_MS;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const reader = (from: BlobStore = store) => new PodReports(from, () => nowMs);
  const write = (segment: Partial<EvidenceSegment>, serial: number, asked: number) =>
    writeSegment(store, segmentOf([askedUnder(serial, asked)], segment));
  const say = (sequence: number, serial = 2, change: Partial<PodStatus> = {}) =>
    writeStatus(store, statusOf('pod-1', { serial, sequence }, change));
  /** What counts of one pod: how many requests, and why not all. */
  async function counted(reports = reader(), pod = 'pod-1') {
    const report = (await reports.read(QUESTION)).find((one) => one.pod === pod)!;
    const evidence = report.models.get('m');
    const asked = evidence?.cells.reduce((sum, cell) => sum + cell.asked, 0) ?? 0;
    return { asked, problem: report.problem ?? evidence?.problem ?? null };
  }

  it('is nothing where nobody wrote', async () => {
    expect(await reader().read(QUESTION)).toEqual([]);
    await store.write('evidence/prod/pod-9/predictions/1.jsonl', '{}');
    expect(await reader().read(QUESTION)).toEqual([]);
  });

  it('adds up over segments and windows, for the serial that the pod applied', async () => {
    const cells = [askedUnder(1, 100), askedUnder(2, 7), askedUnder(2, 5, { windowUs: 3_600_000_000 })];
    await writeSegment(store, segmentOf(cells));
    await write({ sequence: 2 }, 2, 3);
    await say(2);
    expect(await counted()).toEqual({ asked: 15, problem: null });
    const [report] = await reader().read(QUESTION);
    expect(report!.models.get('m')!.cells).toHaveLength(1);
  });

  it('keeps the segments of the traffic apart, which are judged on their own', async () => {
    const cells = [askedUnder(2, 7), askedUnder(2, 5, { segment: 'night' }), askedUnder(2, 3, { segment: 'night' })];
    await writeSegment(store, segmentOf(cells));
    await say(1);
    const [report] = await reader().read(QUESTION);
    const found = report!.models.get('m')!.cells.map(({ asked, segment }) => [segment, asked]);
    expect(found).toEqual([
      [null, 7],
      ['night', 8],
    ]);
  });

  it('takes no status for one whose breaker is malformed', async () => {
    const { models } = statusOf('pod-1', { serial: 2, sequence: 0 });
    const opened = { version: 2, serial: 2, sinceMs: NOW_MS, reason: 'it failed 20 times' };
    for (const [breaker, isSound] of [
      [opened, true],
      [null, true],
      [{ ...opened, version: '2' }, false],
      [{}, false],
      [7, false],
    ]) {
      await say(0, 2, { models: { m: { ...models.m!, breaker } } } as Partial<PodStatus>);
      const [report] = await reader().read(QUESTION);
      expect(report!.status === null).toBe(!isSound);
    }
  });

  it.each([
    [[{ version: 2, broken: true }], true],
    [undefined, true],
    [[{ version: '2', broken: true }], false],
    [[{ version: 2 }], false],
    [{ version: 2, broken: true }, false],
  ])('takes a refusal that is about %j, or the status for none: %s', async (versions, isSound) => {
    const { models } = statusOf('pod-1', { serial: 2, sequence: 0 });
    const rejected = { serial: 3, reason: 'it does not load', versions };
    await say(0, 2, { models: { m: { ...models.m!, rejected } } } as unknown as Partial<PodStatus>);
    const [report] = await reader().read(QUESTION);
    expect(report!.status?.models.m?.rejected?.versions).toEqual(isSound ? (versions ?? []) : undefined);
  });

  it.each([
    [[{ version: 3, broken: false, reason: 'no views' }], true],
    [undefined, true],
    [[{ version: 3, broken: false }], false],
    [[{ version: '3', broken: false, reason: 'no views' }], false],
    [null, false],
  ])('takes a pod that serves without %j, or the status for none: %s', async (unusable, isSound) => {
    const { models } = statusOf('pod-1', { serial: 2, sequence: 0 });
    await say(0, 2, { models: { m: { ...models.m!, unusable } } } as unknown as Partial<PodStatus>);
    const [report] = await reader().read(QUESTION);
    expect(report!.status?.models.m?.unusable).toEqual(isSound ? (unusable ?? []) : undefined);
  });

  it('says no more than people read, in characters that they see', async () => {
    const { models } = statusOf('pod-1', { serial: 2, sequence: 0 });
    const said = async (reason: string) => {
      const breaker = { version: 2, serial: 2, sinceMs: NOW_MS, reason };
      const unusable = [{ version: 3, broken: false, reason }];
      const m = { ...models.m!, breaker, unusable, rejected: { serial: 2, reason, versions: [] } };
      await say(0, 2, { address: reason, models: { m } } as Partial<PodStatus>);
      const { status } = (await reader().read(QUESTION))[0]!;
      const late = status!.models.m!;
      return [late.breaker!.reason, late.unusable[0]!.reason, late.rejected!.reason, status!.address] as const;
    };
    const halves = 'evil \\u{d800} text';
    expect(await said('evil \ud800\n\t text')).toEqual([halves, halves, halves, 'evil \\u{d800}\\u{a}\\u{9} text']);
    const lengths = (await said('x'.repeat(200_000))).map((one) => one.length);
    expect(lengths).toEqual([2_001, 2_001, 2_001, 201]);
    const other = { ...statusOf('\ud800', { serial: 2, sequence: 0 }), environment: 'x'.repeat(9_000) };
    await store.write('evidence/prod/pod-1/status.json', JSON.stringify(other));
    expect((await reader().read(QUESTION))[0]!.problem).toMatch(
      /^its status claims to be of pod \\u\{d800\} in x{100}…$/,
    );
  });

  it('counts only what the pod says is in the store, and nothing of a process before', async () => {
    await write({ sequence: 1, run: 'before' }, 2, 10);
    await write({ sequence: 1 }, 2, 4);
    await write({ sequence: 2 }, 2, 1000);
    await say(1);
    expect(await counted()).toEqual({ asked: 4, problem: null });
  });

  it('follows a pod and reads each segment once', async () => {
    const counting = new CountingStore(store);
    const reports = reader(counting);
    await write({ sequence: 1 }, 2, 1);
    await say(1);
    expect(await counted(reports)).toEqual({ asked: 1, problem: null });
    for (let sequence = 2; sequence <= 5; sequence++) await write({ sequence }, 2, 10 ** (sequence - 1));
    await say(5, 2, { writtenAtMs: NOW_MS + 1 });
    expect(await counted(reports)).toEqual({ asked: 11111, problem: null });
    const before = counting.operations;
    expect(await counted(reports)).toEqual({ asked: 11111, problem: null });
    expect(counting.operations - before).toBe(1);
  });

  it('counts a segment once that two read at the same moment', async () => {
    await write({ sequence: 1 }, 2, 10);
    await say(1);
    const reports = reader();
    await Promise.all([reports.read(QUESTION), reports.read(QUESTION)]);
    expect(await counted(reports)).toEqual({ asked: 10, problem: null });
  });

  it('goes back over midnight, but no further than to what speaks of older manifests only', async () => {
    const dayBefore = { fromWallMs: NOW_MS - MS_PER_DAY, toWallMs: NOW_MS - MS_PER_DAY };
    for (let sequence = 1; sequence <= 60; sequence++) await write({ sequence, ...dayBefore }, 1, 1);
    await write({ sequence: 61, ...dayBefore, toWallMs: NOW_MS - MS_PER_DAY + 1 }, 2, 5);
    await write({ sequence: 62 }, 2, 7);
    await say(62, 2, { startedAtMs: NOW_MS - MS_PER_DAY });
    const counting = new CountingStore(store);
    expect(await counted(reader(counting))).toEqual({ asked: 12, problem: null });
    expect(counting.operations).toBeLessThan(40);
  });

  it('is partial with a gap, whether a segment was lost or is not there yet', async () => {
    await write({ sequence: 1 }, 1, 50);
    await write({ sequence: 3 }, 2, 4);
    await say(3);
    const reports = reader();
    expect(await counted(reports)).toEqual({ asked: 4, problem: 'segment 2 of its evidence is missing' });
    await say(4);
    expect((await counted(reports)).problem).toContain('segment 2');
    await write({ sequence: 2 }, 2, 1);
    await write({ sequence: 4 }, 2, 2);
    expect(await counted(reports)).toEqual({ asked: 7, problem: null });
  });

  it('forgets a gap that lies before what it says of the manifest', async () => {
    await write({ sequence: 1 }, 1, 50);
    await write({ sequence: 3 }, 1, 50);
    await write({ sequence: 4 }, 2, 4);
    await say(4);
    expect(await counted()).toEqual({ asked: 4, problem: null });
  });

  it('counts a segment that was written twice once', async () => {
    await write({ sequence: 1 }, 2, 10);
    await write({ sequence: 1, toWallMs: NOW_MS - 500 }, 2, 10);
    await say(1);
    expect(await counted()).toEqual({ asked: 10, problem: null });
    await write({ sequence: 2 }, 2, 5);
    await say(2);
    const reports = reader();
    expect(await counted(reports)).toEqual({ asked: 15, problem: null });
    await write({ sequence: 2, toWallMs: NOW_MS - 400 }, 2, 5);
    expect(await counted(reports)).toEqual({ asked: 15, problem: null });
  });

  it('believes neither of two segments of one number that say different things', async () => {
    await write({ sequence: 1 }, 2, 10);
    await write({ sequence: 1, toWallMs: NOW_MS - 500 }, 2, 11);
    await say(1);
    expect(await counted()).toEqual({
      asked: 0,
      problem: 'segment 1 of its evidence was written twice, with different counts',
    });
  });

  it('is partial when a segment is half written, until it is whole', async () => {
    await write({ sequence: 1 }, 2, 10);
    const { key, text } = objectOf(segmentOf([askedUnder(2, 5)], { sequence: 2 }));
    await store.write(key, text.slice(0, -40));
    await say(2);
    const reports = reader();
    expect((await counted(reports)).problem).toContain('segment 2 of its evidence is half written');
    await store.write(key, text);
    expect(await counted(reports)).toEqual({ asked: 15, problem: null });
  });

  it('costs no more when a pod claims more segments than anybody can write', async () => {
    await write({ sequence: 1 }, 2, 10);
    await say(Number.MAX_SAFE_INTEGER);
    expect(await counted()).toEqual({ asked: 10, problem: 'segment 2 of its evidence is missing' });
  });

  it('costs little where much is broken, and all of it heals', async () => {
    const segments = Array.from({ length: 50 }, (_, at) => segmentOf([askedUnder(2, 1)], { sequence: at + 1 }));
    for (const { key, text } of segments.map(objectOf)) await store.write(key, text.slice(1));
    await say(50);
    const counting = new CountingStore(store);
    const reports = reader(counting);
    await counted(reports);
    const before = counting.operations;
    expect((await counted(reports)).problem).toContain('segment 1 of its evidence is half written');
    expect(counting.operations - before).toBe(1 + 8);
    for (const { key, text } of segments.map(objectOf)) await store.write(key, text);
    for (let pass = 0; pass < 6; pass++) await counted(reports);
    expect(await counted(reports)).toEqual({ asked: 50, problem: null });
  });

  it('takes nothing from a segment that claims another pod, process, number or environment than its name', async () => {
    for (const change of [{ pod: 'pod-2' }, { run: 'b2' }, { sequence: 9 }, { environment: 'staging' }]) {
      const honest = segmentOf([askedUnder(2, 10)]);
      const claim = objectOf({ ...honest, ...change });
      const { key } = objectOf(honest);
      await store.write(key.replace(/[0-9a-f]{16}\.json$/, claim.key.slice(-21)), claim.text);
      await say(1);
      const { asked, problem } = await counted();
      expect({ asked, problem }).toMatchObject({ asked: 0, problem: expect.stringMatching(/claims|something else/) });
      await rm(join(folder, 'evidence'), { recursive: true });
    }
  });

  it('takes nothing from a status under another name, nor from what is no status', async () => {
    await writeStatus(store, statusOf('pod-2', { serial: 2, sequence: 0 }), 'pod-1');
    await store.write('evidence/prod/pod-3/status.json', '{"schema":"signalbox/pod-status/2"}');
    await store.write('evidence/prod/pod-4/status.json', ' '.repeat(2_000_000));
    const reports = await reader().read(QUESTION);
    expect(reports.map(({ pod, problem, status }) => [pod, status, problem])).toEqual([
      ['pod-1', null, 'its status claims to be of pod pod-2 in prod'],
      ['pod-3', null, 'what it wrote is no status'],
      ['pod-4', null, 'what it wrote is no status'],
    ]);
  });

  it('takes nothing that a wrong clock has dated', async () => {
    await write({ sequence: 1 }, 2, 10);
    await say(1, 2, { writtenAtMs: NOW_MS + 10 * 60_000 });
    expect(await counted()).toEqual({ asked: 0, problem: 'its clock is 600 s ahead' });
    await say(1);
    expect(await counted()).toEqual({ asked: 10, problem: null });
    await write({ sequence: 2, toWallMs: NOW_MS + MS_PER_HOUR }, 2, 10);
    await say(2);
    expect((await counted()).problem).toBe('its clock is 3600 s ahead');
    nowMs = NOW_MS + MS_PER_HOUR;
    await say(2, 2, { writtenAtMs: nowMs - 5 * 60_000 });
    const question = { ...QUESTION, staleMs: 10 * 60_000 };
    expect((await reader().read(question))[0]!.problem).toContain('its clock disagrees with itself');
  });

  it('is old when its status is, and is not read then', async () => {
    await write({ sequence: 1 }, 2, 10);
    await say(1, 2, { writtenAtMs: NOW_MS - 15_001 });
    const [report] = await reader().read(QUESTION);
    expect(report).toMatchObject({ fresh: false, problem: null });
    expect(report!.models.size).toBe(0);
  });

  it('looks only now and then at a pod that has long been gone, and sees it come back', async () => {
    await say(0, 2, { writtenAtMs: NOW_MS - 2 * MS_PER_HOUR });
    const counting = new CountingStore(store);
    const reports = reader(counting);
    for (let pass = 0; pass < 5; pass++) await reports.read(QUESTION);
    expect(counting.operations).toBe(1);
    nowMs = NOW_MS + 60_000;
    await say(0, 2, { writtenAtMs: nowMs });
    expect(await reports.read(QUESTION)).toMatchObject([{ pod: 'pod-1', fresh: true }]);
  });

  it('looks again when another model comes under way', async () => {
    const two = [askedUnder(2, 10), askedUnder(5, 3, { model: 'other' })];
    await writeSegment(store, segmentOf(two));
    const { m } = statusOf('pod-1', { serial: 2, sequence: 1 }).models;
    await say(1, 2, { models: { m: m!, other: { ...m!, appliedSerial: 5 } } });
    const reports = reader();
    await reports.read(QUESTION);
    const [report] = await reports.read({ ...QUESTION, models: ['m', 'other'] });
    expect(report!.models.get('other')!.cells).toMatchObject([{ asked: 3, serial: 5 }]);
  });

  it('fails with the store, and not with a pod', async () => {
    await write({ sequence: 1 }, 2, 10);
    await say(1);
    for (const failsAt of [1, 2]) {
      const failing = reader(new CountingStore(store, { failsAt }));
      await expect(failing.read(QUESTION)).rejects.toMatchObject({ code: 'store/unavailable' });
    }
  });

  it('says the same whether it follows or looks once, whatever is written in whatever order', async () => {
    const seed = Number(process.env.SIGNALBOX_TEST_SEED ?? Date.now() % 2 ** 31);
    console.info(`pod reports: seed ${seed} (set SIGNALBOX_TEST_SEED to repeat)`);
    const step = fc.record({
      rise: fc.boolean(),
      asked: fc.nat(9),
      lost: fc.integer({ min: 0, max: 9 }),
      day: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await rm(join(folder, 'evidence'), { recursive: true, force: true });
        const following = reader();
        const written: { serial: number; asked: number; lost: boolean }[] = [];
        let [serial, wallMs] = [1, NOW_MS - 40 * MS_PER_HOUR];
        for (const { asked, day, lost, rise } of steps) {
          if (rise) serial += 1;
          wallMs += day === 3 ? 12 * MS_PER_HOUR : 1;
          const sequence = written.push({ serial, asked, lost: lost === 0 });
          nowMs = wallMs;
          const times = { fromWallMs: wallMs - 1, toWallMs: wallMs };
          if (lost !== 0) await write({ sequence, ...times }, serial, asked);
          await say(sequence, serial, { writtenAtMs: wallMs, startedAtMs: NOW_MS - 40 * MS_PER_HOUR });
          const [followed, once] = [await counted(following), await counted()];
          expect(followed).toEqual(once);
          // The naive answer: everything of this serial, and a gap unless it lies before the last word about an older one.
          const seen = written.filter((one) => !one.lost && one.serial === serial);
          expect(once.asked).toBe(seen.reduce((sum, one) => sum + one.asked, 0));
          const first = written.findIndex((one) => !one.lost && one.serial === serial);
          const until = first === -1 ? written.length : first;
          const since = written.findLastIndex((one, at) => !one.lost && at < until);
          expect(once.problem !== null).toBe(written.some((one, at) => one.lost && at > since));
        }
      }),
      { seed, numRuns: 12 },
    );
  });

  it('lists no more than the pods and the days that it needs', async () => {
    await write({ sequence: 1 }, 2, 1);
    await say(1);
    const listed: string[] = [];
    const watching = new Proxy(store, {
      get: (target, name: keyof BlobStore) =>
        name === 'listNames'
          ? (prefix: string) => {
              listed.push(prefix);
              return target.listNames(prefix);
            }
          : (target[name] as (...args: never[]) => unknown).bind(target),
    });
    await reader(watching).read(QUESTION);
    const segments = segmentPrefix('prod', 'pod-1');
    expect(listed).toEqual(['evidence/prod/', segments, `${segments}2026-06-15/`]);
  });
});
