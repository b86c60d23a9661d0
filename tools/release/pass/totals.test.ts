import type { RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { digestOf, manifestOf } from '../../../tests/support/trust-fixture.js';
import type { Decided } from './decisions.js';
import { withinTotals } from './totals.js';

const manifest = (model: string, packages: number): RolloutManifest =>
  manifestOf(1, {
    model,
    packages: Array.from({ length: packages }, (_, at) => ({
      version: at + 1,
      digest: digestOf(`${model} ${at}`),
      sizeBytes: 10,
      features: digestOf('f'),
    })),
  });

const next = (model: string, packages: number): Decided => ({
  model,
  decision: { manifest: manifest(model, packages), reasons: ['moves'], verdicts: [] },
});

const live = (...models: readonly (readonly [string, number])[]) =>
  new Map(models.map(([model, packages]) => [model, manifest(model, packages)] as const));

const published = (decided: readonly Decided[]): string[] =>
  decided.flatMap(({ decision, model }) => (decision.manifest === null ? [] : [model]));

const ROOM = { models: 1000, targetsBytes: 4_000_000 };

describe('all models of an environment together', () => {
  it('are as many as pods take: new ones beyond wait, the first names come first, and those that are published change', () => {
    const decided = [next('c', 1), next('b', 1), next('z', 2), next('a', 1)];
    const taken = withinTotals(decided, live(['z', 1]), { ...ROOM, models: 3 });
    expect(published(taken).sort()).toEqual(['a', 'b', 'z']);
    expect(taken[0]!.decision.reasons).toEqual([
      'waits, because pods take at most 3 models of one environment, and so many are published: release it in another environment',
    ]);
    expect(taken.map(({ model }) => model)).toEqual(['c', 'b', 'z', 'a']);
  });

  it('let go back whoever needs no more room, when there is none left', () => {
    const taken = withinTotals(
      [next('a', 3), next('b', 1), next('c', 2), next('d', 1)],
      live(['a', 2], ['b', 2], ['c', 2]),
      {
        ...ROOM,
        targetsBytes: 65_536,
      },
    );
    expect(published(taken)).toEqual(['b', 'c']);
    expect(taken[0]!.decision.reasons[0]).toMatch(/^waits, because pods take at most 65536 bytes of packages/);
  });

  it('are left alone while there is room', () => {
    const decided = [next('a', 1), next('b', 20)];
    expect(withinTotals(decided, live(['a', 1]))).toEqual(decided);
  });
});
