import type { RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { versionOutcomes } from './outcomes.js';

const published = (...champions: number[]) =>
  champions.map((champion) => ({ wallMs: 0, manifest: { champion } as RolloutManifest, reasons: [], verdicts: [] }));

describe('what became of a version', () => {
  it('is live when it answers in the newest manifest, also after it was away', () => {
    expect(versionOutcomes(published(1, 1, 2, 1), [1]).get(1)).toBe('live');
  });
  it('is rolled back when an older version followed it', () => {
    expect(versionOutcomes(published(1, 2, 2, 1), [2]).get(2)).toBe('rolled-back');
  });
  it('is superseded when a newer version followed it', () => {
    expect(versionOutcomes(published(1, 2, 3), [1, 2])).toEqual(
      new Map([
        [1, 'superseded'],
        [2, 'superseded'],
      ]),
    );
  });
  it('is rolled back when it was on its way and never arrived', () => {
    const manifest = { champion: 1, candidate: 2 } as RolloutManifest;
    const onItsWay = { wallMs: 0, manifest, reasons: [], verdicts: [] };
    expect(versionOutcomes([onItsWay, ...published(1)], [2]).get(2)).toBe('rolled-back');
  });
  it('is blocked when no pod ever got it', () => {
    expect(versionOutcomes(published(1, 1), [2]).get(2)).toBe('blocked');
  });
});
