import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type EvidenceSegment, failuresOf, segmentKey } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { parseSegment } from '../../tools/evidence/read-segment.js';

const PAGE = readFileSync(new URL('../../docs/evidence.md', import.meta.url), 'utf8');

describe('docs/evidence.md', () => {
  const example = /```json\n([\s\S]*?)```/.exec(PAGE)![1]!;

  it('shows a segment that the reader takes under the name that the page gives it', () => {
    const segment = JSON.parse(example) as EvidenceSegment;
    const digest = createHash('sha256').update(example).digest('hex').slice(0, 16);
    expect(parseSegment(segmentKey({ ...segment, digest }), Buffer.from(example))).toEqual({ segment });
  });

  it('shows a cell in which all holds that the page says', () => {
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    for (const cell of (JSON.parse(example) as EvidenceSegment).cells) {
      expect(failuresOf(cell) + sum(cell.score)).toBe(cell.asked);
      expect(sum(cell.latency.map(([, count]) => count))).toBe(cell.asked);
      for (const counts of cell.features) expect(sum(counts)).toBeLessThanOrEqual(cell.asked);
    }
  });
});
