import {
  BUCKETS,
  cellKey,
  EVIDENCE_WINDOW_US,
  type EvidenceCell,
  failuresOf,
  latencyBin,
  mergeCells,
  PAIRED_UNIT,
  type ReferenceProfile,
  UNIT_GROUPS,
} from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceRecorder } from './evidence-recorder.js';
import { countedBins } from './open-cell.js';

const PROFILE: ReferenceProfile = {
  schema: 'signalbox/profile/1',
  model: 'm',
  features: [
    { name: 'a.x', bins: { kind: 'ranges', edges: [0, 1, 2] }, counts: [0, 0, 5, 5, 0] },
    { name: 'a.y', bins: { kind: 'values', values: [7] }, counts: [0, 10, 0] },
  ],
  score: { bins: { kind: 'ranges', edges: [0, 0.5, 1] }, counts: [0, 0, 5, 5, 0] },
  featureRows: 10,
  scoreRows: 10,
  windows: { windowUs: EVIDENCE_WINDOW_US, features: [[], []], score: [] },
};
const HOUR_7 = 7 * EVIDENCE_WINDOW_US;

const subject = (serial = 1) => ({
  ...{ model: 'm', version: 2, package: `sha256:${'2'.repeat(64)}`, serial },
  bins: countedBins(PROFILE),
});

const unitsOf = (counts: Readonly<Record<number, number>>): readonly number[] =>
  Array.from({ length: UNIT_GROUPS }, (_, group) => counts[group] ?? 0);

describe('EvidenceRecorder', () => {
  it('counts what a version did in one role and one hour', () => {
    const recorder = new EvidenceRecorder();
    const champion = recorder.version(subject(), []).of('champion', -1);
    for (const [at, score] of [0.25, 0.75].entries()) {
      const cell = champion.at(HOUR_7 + at);
      cell.asked(3, 33 + at);
      cell.read(Float32Array.of(0.5, at === 0 ? 7 : Number.NaN));
      cell.scored(score);
    }
    const failing = champion.at(HOUR_7 + EVIDENCE_WINDOW_US - 1);
    failing.asked(40, 33);
    failing.failed('timeout');
    expect(recorder.take()).toEqual([
      {
        ...{ model: 'm', version: 2, package: subject().package, serial: 1, route: 'champion', windowUs: HOUR_7 },
        ...{ segment: null, asked: 3, units: unitsOf({ 1: 2, 2: 1 }), failed: { timeout: 1 }, degraded: 0 },
        latency: [
          [latencyBin(3), 2],
          [latencyBin(40), 1],
        ],
        score: [0, 0, 1, 1, 0],
        features: [
          [0, 0, 2, 0, 0],
          [1, 1, 0],
        ],
        paired: null,
      },
    ]);
    expect(recorder.take()).toEqual([]);
  });

  it('keeps roles, hours, segments and manifests apart', () => {
    const recorder = new EvidenceRecorder();
    const [one, two] = [1, 2].map((serial) => recorder.version(subject(serial), ['near', 'far']));
    const parts = [one!.of('candidate', -1), one!.of('candidate', 1), one!.of('fallback', 1), two!.of('candidate', -1)];
    for (const part of parts) {
      part.at(HOUR_7).asked(1, 0);
      part.at(HOUR_7 - 1).asked(1, 0);
      part.at(HOUR_7).asked(1, 0);
    }
    const cells = recorder.take();
    expect(new Set(cells.map(cellKey)).size).toBe(8);
    expect(cells.map(({ asked }) => asked).sort()).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    expect(cells.map(({ segment }) => segment).sort()).toEqual(['far', 'far', 'far', 'far', null, null, null, null]);
  });

  it('groups units where they come by their own hash, and nowhere else', () => {
    const evidence = new EvidenceRecorder();
    const version = evidence.version(subject(), []);
    const routes = ['champion', 'candidate', 'segment', 'shadow', 'fallback', 'rule'] as const;
    for (const route of routes) for (const bucket of [0, 31, 32, 9_999]) version.of(route, -1).at(0).asked(1, bucket);
    const grouped = evidence.take().map(({ route, units }) => [route, units] as const);
    const units = unitsOf({ 0: 2, 15: 1, 31: 1 });
    expect(grouped).toEqual(routes.map((route, at) => [route, at < 3 ? units : []]));
  });

  it('says nothing of scores and inputs of a version that could not be loaded', () => {
    const recorder = new EvidenceRecorder();
    const cell = recorder
      .version({ ...subject(), bins: null }, [])
      .of('candidate', -1)
      .at(0);
    cell.asked(0, 0);
    cell.failed('not-loaded');
    expect(recorder.take()).toMatchObject([{ asked: 1, failed: { 'not-loaded': 1 }, score: [], features: [] }]);
  });

  it('adds differences of scores in whole units', () => {
    const recorder = new EvidenceRecorder();
    const cell = recorder.version(subject(), []).of('shadow', -1).at(0);
    for (const difference of [0.5, -0.25, PAIRED_UNIT * 0.4]) cell.paired(difference);
    const sumSquares = (0.5 / PAIRED_UNIT) ** 2 + (0.25 / PAIRED_UNIT) ** 2;
    expect(recorder.take()[0]!.paired).toEqual({ rows: 3, sum: 0.25 / PAIRED_UNIT, sumSquares });
  });

  it('hands over what is open before callers open more hours than it may hold', () => {
    const taken: EvidenceCell[] = [];
    const recorder = new EvidenceRecorder({ maxOpenCells: 3 });
    recorder.onFull = () => {
      const cells = recorder.take();
      expect(cells.length).toBe(3);
      taken.push(...cells);
    };
    const champion = recorder.version(subject(), []).of('champion', -1);
    for (let hour = 0; hour < 10; hour += 1) champion.at(hour * EVIDENCE_WINDOW_US).asked(1, 0);
    taken.push(...recorder.take());
    expect(taken.map(({ windowUs }) => windowUs / EVIDENCE_WINDOW_US)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('counts every request exactly once, wherever it is cut, and every cell is consistent in itself', () => {
    const request = fc.record({
      hour: fc.nat(3),
      role: fc.constantFrom('champion' as const, 'candidate' as const, 'shadow' as const),
      segment: fc.integer({ min: -1, max: 1 }),
      bucket: fc.nat(BUCKETS - 1),
      serial: fc.integer({ min: 1, max: 2 }),
      x: fc.constantFrom(Number.NaN, -1, 0, 0.5, 2, 3),
      score: fc.constantFrom(null, 0, 0.4, 1),
      taken: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (requests, maxOpenCells) => {
        const cut: EvidenceCell[] = [];
        const [recorder, whole] = [new EvidenceRecorder({ maxOpenCells }), new EvidenceRecorder()];
        recorder.onFull = () => void cut.push(...recorder.take());
        const versions = [recorder, whole].map((each) =>
          [1, 2].map((serial) => each.version(subject(serial), ['near', 'far'])),
        );
        for (const { hour, role, segment, bucket, serial, x, score, taken } of requests) {
          for (const bySerial of versions) {
            const cell = bySerial[serial - 1]!.of(role, segment).at(hour * EVIDENCE_WINDOW_US + 5);
            cell.asked(1, bucket);
            cell.read(Float32Array.of(x, 7));
            if (score === null) cell.failed('error');
            else cell.scored(score);
          }
          if (taken) cut.push(...recorder.take());
        }
        cut.push(...recorder.take());
        for (const cell of cut) {
          const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
          expect(sum(cell.score)).toBe(cell.asked - failuresOf(cell));
          expect(sum(cell.latency.map(([, count]) => count))).toBe(cell.asked);
          expect(sum(cell.units)).toBe(cell.route === 'shadow' ? 0 : cell.asked);
          for (const counts of cell.features) expect(sum(counts)).toBe(cell.asked);
        }
        const sorted = (cells: readonly EvidenceCell[]) =>
          [...cells].sort((a, b) => (cellKey(a) < cellKey(b) ? -1 : 1));
        expect(sorted(mergeCells(cut))).toEqual(sorted(whole.take()));
        expect(requests.length).toBe(cut.reduce((total, { asked }) => total + asked, 0));
      }),
    );
  });
});
