import type { RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { versionOutcomes } from './outcomes.js';

const publication = (champion: number, candidate: number | null = null, ...rejected: string[]) => {
  const rollout = { rejected: rejected.map((digest) => ({ digest })) };
  const manifest = { champion, candidate, rollout } as RolloutManifest;
  return { wallMs: 0, manifest, reasons: [], verdicts: [] };
};
const published = (...champions: number[]) => champions.map((champion) => publication(champion));
const outcomeOf = (publications: ReturnType<typeof published>, version: number) =>
  versionOutcomes(publications, new Map([[version, `sha256:${version}`]])).get(version);

describe('what became of a version', () => {
  it('is live when it answers in the newest manifest, also after it was away', () => {
    expect(outcomeOf(published(1, 1, 2, 1), 1)).toBe('live');
  });
  it('is rolled back when an older version followed it', () => {
    expect(outcomeOf(published(1, 2, 2, 1), 2)).toBe('rolled-back');
  });
  it('is superseded when a newer version followed it', () => {
    expect(outcomeOf(published(1, 2, 3), 1)).toBe('superseded');
    expect(outcomeOf(published(1, 2, 3), 2)).toBe('superseded');
  });
  it('is rolled back when it was on its way and was no longer asked for', () => {
    expect(outcomeOf([publication(1, 2), publication(1)], 2)).toBe('rolled-back');
  });
  it('is rejected when its rollout found against it, also where the manifest forgets that later', () => {
    const found = publication(1, null, 'sha256:2');
    expect(outcomeOf([publication(1, 2), found], 2)).toBe('rejected');
    expect(outcomeOf([publication(1, 2), found, publication(1)], 2)).toBe('rejected');
    expect(outcomeOf([publication(1, 3), found], 3)).toBe('rolled-back');
  });
  it('is what came of it in the end, when it was tried again after a rejection', () => {
    const again = [publication(1, 2), publication(1, null, 'sha256:2'), publication(2)];
    expect(outcomeOf(again, 2)).toBe('live');
  });
  it('is blocked when no pod ever got it', () => {
    expect(outcomeOf(published(1, 1), 2)).toBe('blocked');
  });
});
