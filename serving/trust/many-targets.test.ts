import { Metadata, MetadataKind } from '@tufjs/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTargetsMetadata } from './many-targets.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 1);
console.info(`targets metadata: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);

const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: 'a'.repeat(64) } };
const delegations = {
  keys: { k1: key },
  roles: [{ name: 'rollout', keyids: ['k1'], threshold: 1, terminating: true, paths: ['rollout/*'] }],
};
const file = fc.record({ length: fc.nat(), hashes: fc.constant({ sha256: 'b'.repeat(64) }) });
const path = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom('__proto__', 'constructor', 'rollout/late.json', '1', '2'),
);
/** As `JSON.parse` gives it: `__proto__` is an entry. */
const table = fc.array(fc.tuple(path, file)).map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))));

const documentOf = (targets: unknown, more: object = {}) => ({
  signatures: [{ keyid: 'k1', sig: '00' }],
  signed: { _type: 'targets', spec_version: '1.0.31', version: 3, expires: '2030-01-01T00:00:00Z', targets, ...more },
});
/** The library's own parsing takes JSON types that are narrower than what hostile documents hold. */
const byLibrary = (data: unknown) => Metadata.fromJSON(MetadataKind.Targets, data as never);

describe('targets metadata of many entries', () => {
  it('is read and written as the library does it', () => {
    const extra = fc.constantFrom({}, { delegations }, { unknown: { kept: true } });
    const property = fc.property(table, extra, (targets, more) => {
      const data = documentOf(targets, more);
      const ours = parseTargetsMetadata(data);
      expect(JSON.stringify(ours.toJSON())).toBe(JSON.stringify(byLibrary(data).toJSON()));
      expect(Object.keys(ours.signed.targets)).toEqual(Object.keys(byLibrary(data).signed.targets));
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it.each([
    ['no targets at all', documentOf(undefined)],
    ['a list of targets', documentOf([])],
    ['a target that is none', documentOf({ a: 7 })],
    ['a target without a length', documentOf({ a: { hashes: {} } })],
    ['nothing signed', { signatures: [] }],
    ['another type', { ...documentOf({}), signed: { ...documentOf({}).signed, _type: 'snapshot' } }],
    ['a version that is no number', documentOf({}, { version: 'x' })],
    ['nothing', null],
  ])('answers %s as the library does', (_what, data) => {
    const outcomeOf = (parse: () => unknown): string => {
      try {
        return JSON.stringify(parse());
      } catch (error) {
        return `throws ${(error as Error).name}`;
      }
    };
    expect(outcomeOf(() => parseTargetsMetadata(data))).toBe(outcomeOf(() => byLibrary(data)));
  });
});
