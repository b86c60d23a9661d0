import { digestBytes, parseWorkspace } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { digestOf, NO_BACKGROUND, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { countsOf, desiredOf, podsAt, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { reconcile } from '../reconcile/index.js';
import { type Head, type Question, resolveDesired } from './desired.js';

const holdPath = (digest: string): string => `releases/prod/holds/${digest.slice(7)}.yaml`;
const HOLD = { model: 'late', reason: 'bad at night', since: '2001-04-01', by: 'Ada' };

const QUESTION: Question = {
  environment: 'prod',
  model: 'late',
  published: new Map(),
  background: NO_BACKGROUND,
  wallNowMs: Date.parse('2001-04-01T12:00:00Z'),
};

function headWith(files: Readonly<Record<string, string>>): Head {
  const release = { version: 2, strategy: 'canary' };
  const documents = toYaml({ ...worldDocuments(), 'releases/prod/late.yaml': release });
  return { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries({ ...documents, ...files }))) };
}

function holdsOf(head: Head): readonly (readonly [string, string])[] {
  const resolved = resolveDesired(head, QUESTION);
  if ('unresolved' in resolved) throw new Error(resolved.unresolved);
  return [...resolved.desired.holds].map(([digest, { reason }]) => [digest, reason]);
}

describe('what the head asks for', () => {
  it('is held by a hold of its package', () => {
    const head = headWith(toYaml({ [holdPath(digestOf(2))]: HOLD }));
    expect(head.findings.map(({ severity }) => severity)).toEqual(['warning']);
    expect(holdsOf(head)).toEqual([[digestOf(2), 'bad at night']]);
  });

  it('is held by a hold that cannot be read: a slip in the file must not start what it names', () => {
    for (const text of ['model: [late\n', 'reason: half of it\n', '']) {
      const head = headWith({ [holdPath(digestOf(2))]: text });
      expect(holdsOf(head)).toEqual([[digestOf(2), `${holdPath(digestOf(2))} cannot be read, so it holds`]]);
    }
  });

  it('does not depend on the record of the champion: what is published says what serves', () => {
    const { 'models/late/versions/1.yaml': _gone, ...documents } = worldDocuments();
    const files = toYaml({ ...documents, 'releases/prod/late.yaml': { version: 2, strategy: 'canary' } });
    const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(files))) };
    expect(resolveDesired(head, QUESTION)).toMatchObject({ desired: { package: { version: 2 }, waits: [] } });
  });

  it('is warned of a hold for a package that never existed, and nothing else comes of it', () => {
    const path = holdPath(digestBytes('never'));
    const head = headWith(toYaml({ [path]: HOLD }));
    expect(head.findings).toMatchObject([{ severity: 'warning', place: { file: path } }]);
    expect(holdsOf(head)).toEqual([[digestBytes('never'), 'bad at night']]);
  });

  it('keeps the segments that are published while the model card cannot be read: pinned traffic must not move', () => {
    const atl = { name: 'atl', where: 'origin == "ATL"', version: 1 };
    const current = { ...publishedWhere([desiredOf(1)]), model: 'late', segments: [atl, { ...atl, name: 'ord' }] };
    const release = { version: 2, strategy: 'canary', segments: { atl: { version: 1 } } };
    const head = headWith({ ...toYaml({ 'releases/prod/late.yaml': release }), 'models/late/model.yaml': 'task: [\n' });
    const resolved = resolveDesired(head, { ...QUESTION, published: new Map([['late', current]]) });
    expect(resolved).toMatchObject({
      desired: {
        segments: [
          { name: 'atl', package: { version: 1 } },
          { name: 'ord', package: null },
        ],
      },
    });
  });

  it('lets nothing pass by a strategy that never was, and rejects by it only what fails beyond doubt', () => {
    const release = { 'releases/prod/late.yaml': { version: 2, strategy: 'none' } };
    const head = headWith(toYaml(release));
    const running = publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary');
    const current = { ...running, environment: 'prod', model: 'late' };
    const resolved = resolveDesired(head, { ...QUESTION, published: new Map([['late', current]]) });
    if ('unresolved' in resolved) throw new Error(resolved.unresolved);
    const after = (failed: number) => {
      const pods = podsAt(current.serial, { 1: countsOf(20_000, 30), 2: countsOf(20_000, failed) });
      return reconcile({ ...resolved, current, pods, eventNowUs: current.rollout.enteredAt + 1 }).manifest;
    };
    expect(after(300)).toMatchObject({ candidate: 2, candidateBuckets: current.candidateBuckets });
    expect(after(18_000)).toMatchObject({ candidate: null, rollout: { phase: 'rejected' } });
  });

  it('keeps what is published of a pin, a fallback and an arm whose record is lost', () => {
    const card = worldDocuments()['models/late/model.yaml'] as { readonly serving: object };
    const segments = [{ name: 'big', where: 'value > 5.0', critical: false }];
    const { 'models/late/versions/1.yaml': _gone, ...documents } = worldDocuments();
    const big = { 'models/late/model.yaml': { ...card, serving: { ...card.serving, segments } } };
    const named = { segments: { big: { version: 1 } }, fallback: { version: 1 }, arms: [1] };
    const release = { 'releases/prod/late.yaml': { version: 2, strategy: 'canary', ...named } };
    const files = toYaml({ ...documents, ...big, ...release });
    const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(files))) };
    const current = { ...publishedWhere([desiredOf(1)]), model: 'late' };
    const first = { version: 1, digest: digestOf(1) };
    expect(resolveDesired(head, { ...QUESTION, published: new Map([['late', current]]) })).toMatchObject({
      desired: { segments: [{ name: 'big', package: first }], fallback: first, arms: [first] },
    });
    expect(resolveDesired(head, QUESTION)).toMatchObject({
      desired: { segments: [{ name: 'big', package: null }], fallback: null, arms: [] },
    });
  });
});
