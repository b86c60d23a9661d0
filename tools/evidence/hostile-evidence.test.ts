import { createHash } from 'node:crypto';
import type { EvidenceCell } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellWith } from '../../tests/support/evidence-cells.js';
import { askedUnder, objectOf, segmentOf, statusOf } from '../../tests/support/written-evidence.js';
import { cellFault } from './cell-fault.js';
import { parsePodStatus } from './pod-status.js';
import { parseSegment } from './read-segment.js';

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** A cell with one field replaced. */
const spoilt = (change: Record<string, unknown>): unknown => ({ ...cellWith({ asked: 10 }), ...change });

describe('a cell that a pod wrote', () => {
  const sound: EvidenceCell = cellWith({
    ...{
      asked: 10,
      failed: { error: 2, 'not-finite': 1 },
      degraded: 3,
      latency: [
        [0, 4],
        [867, 6],
      ],
    },
    ...{ score: [0, 7], features: [[10], [5, 5]], paired: { rows: 4, sum: -12, sumSquares: 50 } },
  });

  it('counts when it is sound, and when it is empty', () => {
    expect(cellFault(sound)).toBeNull();
    expect(cellFault(cellWith())).toBeNull();
  });

  it.each<[string, unknown]>([
    ['is no object', [sound]],
    ['has no model', spoilt({ model: 'M/../x' })],
    ['has no package digest', spoilt({ package: 'sha256:12' })],
    ['has an unknown route', spoilt({ route: 'pinned' })],
    ['has half a serial', spoilt({ serial: 1.5 })],
    ['has a window that is none', spoilt({ windowUs: 17 })],
    ['has NaN requests, which JSON writes as null', JSON.parse(JSON.stringify(spoilt({ asked: Number.NaN })))],
    ['has more requests than can be added', spoilt({ asked: 1e300 })],
    ['has negative failures', spoilt({ failed: { error: -1 } })],
    ['has a kind of failure that is no name', spoilt({ failed: { __proto__x: 1 } })],
    ['has a list of failures', spoilt({ failed: [1] })],
    ['has text as a count', spoilt({ degraded: '3' })],
    ['has a latency bin that is none', spoilt({ latency: [[868, 1]] })],
    [
      'has latency bins that do not rise',
      spoilt({
        latency: [
          [3, 1],
          [3, 1],
        ],
      }),
    ],
    ['has a latency entry of three numbers', spoilt({ latency: [[3, 1, 1]] })],
    ['has more bins than any profile', spoilt({ score: new Array(300).fill(0) })],
    ['has a feature that is no list', spoilt({ features: [1] })],
    ['has pairs without a sum', spoilt({ paired: { rows: 1, sumSquares: 1 } })],
    ['has more failures than requests', spoilt({ failed: { error: 6, timeout: 5 } })],
    ['has more times than requests', spoilt({ latency: [[3, 11]] })],
    ['has more scores than requests', spoilt({ score: [11] })],
    ['has more values than requests', spoilt({ features: [[5], [11]] })],
    ['has more pairs than requests', spoilt({ paired: { rows: 11, sum: 0, sumSquares: 0 } })],
  ])('does not count when it %s', (_what, cell) => {
    expect(cellFault(cell)).not.toBeNull();
  });
});

describe('anything at all', () => {
  const seed = Number(process.env.SIGNALBOX_TEST_SEED ?? Date.now() % 2 ** 31);
  console.info(`hostile evidence: seed ${seed} (set SIGNALBOX_TEST_SEED to repeat)`);
  const honest = segmentOf([askedUnder(2, 10)]);
  const status = statusOf('pod-1', { serial: 2, sequence: 1 });
  /** An honest document in which one value, wherever it lies, was replaced. */
  const spoiltAnywhere = (document: object) =>
    fc.tuple(fc.nat(), fc.jsonValue()).map(([at, value]) => {
      const copy = JSON.parse(JSON.stringify(document)) as object;
      const places: [Record<string, unknown>, string][] = [];
      const walk = (one: unknown): void => {
        if (typeof one !== 'object' || one === null) return;
        for (const key of Object.keys(one)) {
          places.push([one as Record<string, unknown>, key]);
          walk((one as Record<string, unknown>)[key]);
        }
      };
      walk(copy);
      const [parent, key] = places[at % places.length]!;
      parent[key] = value;
      return copy;
    });

  it('is a segment whose counts add, or has a fault; it never throws', () => {
    fc.assert(
      fc.property(fc.oneof(spoiltAnywhere(honest), fc.jsonValue(), fc.string()), (value) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        const { key } = objectOf(honest);
        const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
        const read = parseSegment(key.replace(/[0-9a-f]{16}\.json$/, `${digest}.json`), bytes(text));
        if ('segment' in read) for (const cell of read.segment.cells) expect(cellFault(cell)).toBeNull();
      }),
      { seed, numRuns: 500 },
    );
  });

  it('is a status whose fields have their types, or none', () => {
    fc.assert(
      fc.property(fc.oneof(spoiltAnywhere(status), fc.jsonValue(), fc.string()), (value) => {
        const parsed = parsePodStatus(bytes(value));
        if (parsed === null) return;
        expect(Number.isSafeInteger(parsed.writtenAtMs) && Number.isSafeInteger(parsed.evidence.sequence)).toBe(true);
        for (const model of Object.values(parsed.models)) expect(typeof model.frozen).toBe('boolean');
      }),
      { seed, numRuns: 500 },
    );
    expect(parsePodStatus(bytes(status))).toEqual(status);
  });

  it('is none where a value cannot even be turned into text', () => {
    const textless = { toString: null, valueOf: null };
    expect(parsePodStatus(bytes({ ...status, evidence: { run: textless, sequence: 1 } }))).toBeNull();
    expect(cellFault({ model: 'm', package: textless })).toEqual(expect.any(String));
  });
});
