import { digestBytes, parseWorkspace, type VersionRecord } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { digestOf, NO_BACKGROUND, recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { desiredOf, packageOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { takenBackOf } from '../withdrawal/index.js';
import { asPublished } from './as-published.js';
import { reasonsWith, resolveDesired } from './desired.js';

const canary2 = {
  ...publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary'),
  ...{ environment: 'prod', model: 'late' },
};
const features = digestBytes('other features');

/** As `canary2` says it, with a change. */
const recorded = (version: number, change: Partial<VersionRecord> = {}): VersionRecord => {
  const { digest, features: own, sizeBytes } = packageOf(version);
  const record = recordOf(version, { package: { digest, sizeBytes } });
  return { ...record, trainedOn: { ...record.trainedOn, features: own }, ...change };
};

function resolved(version: number, second: VersionRecord, more: object = {}) {
  const files = toYaml({
    ...worldDocuments(),
    'releases/prod/late.yaml': { version, strategy: 'canary', ...more },
    'models/late/versions/1.yaml': recorded(1),
    'models/late/versions/2.yaml': second,
  });
  const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(files))) };
  const question = { environment: 'prod', model: 'late', published: new Map([['late', canary2]]), wallNowMs: 0 };
  const answer = resolveDesired(head, { ...question, background: NO_BACKGROUND });
  if (!('desired' in answer)) throw new Error(answer.unresolved);
  const { package: asked, ...beside } = answer.desired;
  return { ...beside, asked, head, told: reasonsWith(answer, []) };
}

describe('a version that is published', () => {
  it.each<[string, Partial<VersionRecord>, string]>([
    ['another package', { package: { digest: digestOf(9), sizeBytes: 1002 } }, `its package is ${digestOf(9)}, which`],
    ['the package of another version', recorded(1), `its package is ${digestOf(1)}, which is published as`],
    ['other features', { trainedOn: { ...recorded(2).trainedOn, features } }, `its features are ${features}, which`],
    ['another size', { package: { ...recorded(2).package, sizeBytes: 9 } }, 'it has 9 bytes, which are published as'],
  ])(
    'means what is published of it where its record says %s, nothing waits by that, and it is told',
    (_what, change, said) => {
      const whole = resolved(2, recorded(2));
      expect([whole.asked, whole.waits, whole.told]).toEqual([packageOf(2), [], []]);
      const edited = resolved(2, recorded(2, change));
      expect([edited.asked, edited.waits]).toEqual([packageOf(2), []]);
      expect(edited.told).toEqual([
        expect.stringMatching(/^models\/late\/versions\/2\.yaml says of version 2, which is published, that /),
      ]);
      expect(edited.told[0]).toContain(said);
    },
  );

  it('means it beside another version as well', () => {
    const edited = recorded(2, { package: { digest: digestOf(9), sizeBytes: 9 } });
    expect(resolved(1, edited, { fallback: { version: 2 } }).fallback).toEqual(packageOf(2));
    expect(resolved(3, edited, { arms: [2] }).arms).toEqual([packageOf(2)]);
  });

  it('is taken back by it', () => {
    const { head } = resolved(2, recorded(2, { package: { digest: digestOf(9), sizeBytes: 9 } }));
    const emergency = { by: 'Ada', reason: 'it is bad', atMs: 0, from: 1 };
    const rollout = { ...canary2.rollout, emergency };
    const byHand = { ...canary2, champion: 1, rollout } as unknown as typeof canary2;
    expect(takenBackOf(byHand, head)).toMatchObject({ version: 2, digest: digestOf(2) });
    expect(takenBackOf({ ...byHand, champion: 2 }, head)).toBeNull();
  });

  it('leaves the documents as they are where no record was edited', () => {
    const { head } = resolved(2, recorded(2));
    expect(asPublished(head, canary2)).toBe(head);
    expect(asPublished(head, null)).toBe(head);
  });
});
