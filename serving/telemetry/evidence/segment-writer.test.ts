import { createHash } from 'node:crypto';
import { EVIDENCE_WINDOW_US, type EvidenceSegment, parseSegmentKey, SignalboxError } from '@signalbox/contracts';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { EvidenceRecorder, type RouteEvidence } from './evidence-recorder.js';
import { type SegmentLimits, SegmentWriter } from './segment-writer.js';

/** How a write of the store goes: as it should, not at all, or it has its effect and says that it failed. */
type Outcome = 'written' | 'refused' | 'unclear';

const START_MS = Date.UTC(2026, 10, 21, 23, 59, 59);
const open: SegmentWriter[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((writer) => writer.close()));
});

class World {
  readonly objects = new Map<string, string>();
  readonly problems: string[] = [];
  readonly told: number[] = [];
  readonly recorder = new EvidenceRecorder();
  readonly writer: SegmentWriter;
  outcomes: Outcome[] = [];
  wallMs = START_MS;
  #evidence: RouteEvidence;

  constructor(limits: Partial<SegmentLimits> = {}) {
    this.writer = new SegmentWriter({
      store: { write: (key, bytes) => this.#write(key, String(bytes)) },
      ...{ recorder: this.recorder, environment: 'prod', pod: 'pod-1', run: 'run1', intervalMs: 3_600_000, limits },
      wallNow: () => this.wallMs,
      eventNowUs: () => null,
      onProblem: (problem) => this.problems.push(problem),
      onWritten: () => this.told.push(this.writer.evidence.sequence),
    });
    open.push(this.writer);
    const subject = { model: 'm', version: 1, package: `sha256:${'1'.repeat(64)}`, serial: 1, bins: null };
    this.#evidence = this.recorder.version(subject, []).of('champion', -1);
  }

  count(requests: number, hour = 0): void {
    for (let request = 0; request < requests; request += 1) this.#evidence.at(hour * EVIDENCE_WINDOW_US).asked(1, 0);
  }

  /** What lies in the store, by sequence. */
  get segments(): EvidenceSegment[] {
    return [...this.objects.values()]
      .map((text) => JSON.parse(text) as EvidenceSegment)
      .sort((a, b) => a.sequence - b.sequence);
  }

  get asked(): number {
    return this.segments.flatMap(({ cells }) => cells).reduce((sum, { asked }) => sum + asked, 0);
  }

  async #write(key: string, text: string): Promise<{ etag: string }> {
    const outcome = this.outcomes.shift() ?? 'written';
    await new Promise((resolve) => setImmediate(resolve));
    if (outcome === 'refused') throw new Error('the store is away');
    const there = this.objects.has(key);
    if (!there) this.objects.set(key, text);
    if (outcome === 'unclear') throw new Error('cut off');
    if (there) throw new SignalboxError('store/conflict', 'it is there');
    return { etag: '' };
  }
}

describe('SegmentWriter', () => {
  it('writes one object for what was counted, named by time, run, sequence and its own digest', async () => {
    const world = new World();
    world.count(3);
    world.wallMs += 250;
    await world.writer.write();
    const [[key, text]] = [...world.objects] as [[string, string]];
    expect(parseSegmentKey(key)).toEqual({
      ...{ environment: 'prod', pod: 'pod-1', run: 'run1', sequence: 1, toWallMs: START_MS + 250 },
      digest: createHash('sha256').update(text).digest('hex').slice(0, 16),
    });
    expect(JSON.parse(text)).toMatchObject({
      ...{ schema: 'signalbox/evidence-segment/2', environment: 'prod', pod: 'pod-1', run: 'run1', sequence: 1 },
      ...{ fromWallMs: START_MS, toWallMs: START_MS + 250, eventNowUs: 0, cells: [{ asked: 3 }] },
    });
    expect([world.told, world.writer.evidence]).toEqual([[1], { run: 'run1', sequence: 1 }]);
  });

  it('writes nothing when nothing was counted, and takes up the time again where it stopped', async () => {
    const world = new World();
    await world.writer.write();
    expect([world.objects.size, world.told]).toEqual([0, []]);
    world.wallMs += 1_000;
    world.count(1);
    await world.writer.write();
    world.wallMs += 1_000;
    world.count(1);
    await world.writer.write();
    expect(world.segments.map(({ sequence, fromWallMs, toWallMs }) => [sequence, fromWallMs, toWallMs])).toEqual([
      [1, START_MS, START_MS + 1_000],
      [2, START_MS + 1_000, START_MS + 2_000],
    ]);
  });

  it('never ends before it began, also when the wall clock is set back', async () => {
    const world = new World();
    for (const ms of [500, -90_000, 10]) {
      world.wallMs += ms;
      world.count(1);
      await world.writer.write();
    }
    const times = world.segments.flatMap(({ fromWallMs, toWallMs }) => [fromWallMs, toWallMs]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('cuts what is large into segments, none lost', async () => {
    const world = new World({ segmentBytes: 1_000 });
    for (let hour = 0; hour < 20; hour += 1) world.count(1, hour);
    world.wallMs += 250;
    await world.writer.write();
    expect(world.objects.size).toBeGreaterThan(3);
    expect(world.segments.map(({ sequence }) => sequence)).toEqual(world.segments.map((_, at) => at + 1));
    expect(world.asked).toBe(20);
    for (const text of world.objects.values()) expect(text.length).toBeLessThan(1_400);
    // All of them were counted in the same time.
    expect(new Set(world.segments.map(({ fromWallMs }) => fromWallMs))).toEqual(new Set([START_MS]));
  });

  it('gives a cell that is larger than a segment may be one of its own', async () => {
    const world = new World({ segmentBytes: 10 });
    for (let hour = 0; hour < 3; hour += 1) world.count(1, hour);
    await world.writer.write();
    expect(world.segments.map(({ sequence, cells }) => [sequence, cells.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it('merges what is counted while a store takes nothing, so that waiting costs no memory', async () => {
    const world = new World();
    world.outcomes = new Array<Outcome>(5).fill('refused');
    for (let turn = 0; turn < 5; turn += 1) {
      world.count(2);
      await world.writer.write();
    }
    expect([world.writer.waiting, world.problems.length]).toEqual([1, 5]);
    await world.writer.write();
    expect(world.segments.map(({ cells }) => cells.map(({ asked }) => asked))).toEqual([[2], [8]]);
  });

  it('leaves a number out when a store was away for so long that counts were lost', async () => {
    const world = new World({ waitingCells: 4 });
    world.count(1);
    await world.writer.write();
    world.outcomes = ['refused', 'refused', 'refused'];
    world.count(1, 1);
    await world.writer.write();
    for (let hour = 2; hour < 9; hour += 1) world.count(1, hour);
    await world.writer.write();
    expect(world.writer.lost).toBe(3);
    expect(world.problems.join()).toMatch(/3 cells of evidence were lost/);
    await world.writer.write();
    await world.writer.write();
    expect(world.segments.map(({ sequence }) => sequence)).toEqual([1, 2, 4]);
    expect(world.asked).toBe(1 + 1 + 4);
  });

  it('writes the last counts when it is closed, also those that came while it was writing', async () => {
    const world = new World();
    world.count(1);
    const writing = world.writer.write();
    world.count(2);
    await world.writer.close();
    await writing;
    expect([world.asked, world.writer.waiting]).toEqual([3, 0]);
  });

  it('tries once more when it is closed while a write fails', async () => {
    const world = new World();
    world.outcomes = ['refused'];
    world.count(1);
    void world.writer.write();
    world.count(2);
    await world.writer.close();
    expect(world.asked).toBe(3);
  });

  it('lets the process go when it is closed while the store is away', async () => {
    const world = new World();
    world.outcomes = ['refused', 'refused', 'refused'];
    world.count(1);
    await world.writer.close();
    expect([world.objects.size, world.writer.evidence.sequence]).toEqual([0, 0]);
  });

  it('brings every count to the store once, without a gap, whatever the store does', async () => {
    const outcome = fc.constantFrom<Outcome>('written', 'refused', 'unclear');
    const turns = fc.array(fc.record({ requests: fc.nat(3), hour: fc.nat(2), waits: fc.boolean() }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(turns, fc.array(outcome, { maxLength: 40 }), async (all, outcomes) => {
        const world = new World();
        world.outcomes = outcomes;
        const writes: Promise<void>[] = [];
        for (const { requests, hour, waits } of all) {
          world.count(requests, hour);
          world.wallMs += 7;
          writes.push(world.writer.write());
          if (waits) await writes.at(-1);
          // What the status would say is in the store by then.
          expect(world.segments.length).toBeGreaterThanOrEqual(world.writer.evidence.sequence);
        }
        await Promise.all(writes);
        world.outcomes = [];
        await world.writer.close();
        expect(world.asked).toBe(all.reduce((sum, { requests }) => sum + requests, 0));
        expect(world.segments.map(({ sequence }) => sequence)).toEqual(world.segments.map((_, at) => at + 1));
        expect(world.writer.evidence.sequence).toBe(world.segments.length);
      }),
    );
  });
});
