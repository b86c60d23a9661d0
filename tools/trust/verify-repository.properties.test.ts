import { canonicalJson, digestJson } from '@signalbox/contracts';
import { Refusal, type RepositoryBytes, type VerifiedRepository, verifyRepository } from '@signalbox/serving/trust';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT, MODEL, TrustFixture } from '../../tests/support/trust-fixture.js';
import { factsOfFile, signRole } from './sign-metadata.js';

const FILES = ['timestamp', 'snapshot', 'targets', 'rollout', 'manifest'] as const;
type FileName = (typeof FILES)[number];

describe('verifying a whole repository', () => {
  let fixture: TrustFixture;
  let good: RepositoryBytes;
  let expected: string;

  beforeAll(async () => {
    fixture = await TrustFixture.create();
    const published = await fixture.publishNext(await fixture.initialise());
    good = published.bytes;
    expected = said(published.verified);
  });
  afterAll(() => fixture.remove());

  const said = ({ allowed, manifests, roles }: VerifiedRepository): string =>
    canonicalJson({ allowed, roles, manifests: Object.fromEntries(manifests) });
  const bytesOf = (file: FileName): Uint8Array => (file === 'manifest' ? good.manifests.get(MODEL)! : good[file]);
  const withFile = (file: FileName, bytes: Uint8Array): RepositoryBytes =>
    file === 'manifest' ? { ...good, manifests: new Map([[MODEL, bytes]]) } : { ...good, [file]: bytes };

  /** What it says, or `refused`; anything else that is thrown is a defect. */
  function outcomeOf(bytes: RepositoryBytes): string {
    try {
      const pinnedRoot = fixture.rootBytes;
      return said(verifyRepository(bytes, { environment: ENVIRONMENT, pinnedRoot, expiryAtMs: Date.now() }));
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal);
      return 'refused';
    }
  }

  it('takes what the publisher made', () => {
    expect(outcomeOf(good)).toBe(expected);
  });

  it('refuses every file with a changed byte, or reads exactly the same from it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), fc.nat(), fc.integer({ min: 1, max: 255 }), (file, at, mask) => {
        const bytes = Uint8Array.from(bytesOf(file));
        bytes[at % bytes.length]! ^= mask;
        const outcome = outcomeOf(withFile(file, bytes));
        // The letter case of a signature's hexadecimal digits, and names that nobody reads, are not covered by any hash.
        if (file === 'timestamp') expect(['refused', expected]).toContain(outcome);
        else expect(outcome).toBe('refused');
      }),
      { numRuns: 250 },
    );
  });

  it('refuses every file that was cut short or has something behind it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), fc.nat(), fc.string({ minLength: 1 }), (file, at, more) => {
        const bytes = bytesOf(file);
        expect(outcomeOf(withFile(file, bytes.subarray(0, at % bytes.length)))).toBe('refused');
        const longer = outcomeOf(withFile(file, Buffer.concat([bytes, Buffer.from(more)])));
        expect(file === 'timestamp' && more.trim() === '' ? expected : 'refused').toBe(longer);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses any JSON in the place of a file, and never fails in another way', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), fc.json({ maxDepth: 4 }), (file, json) => {
        expect(outcomeOf(withFile(file, Buffer.from(json)))).toBe('refused');
      }),
      { numRuns: 250 },
    );
  });

  it('refuses metadata with any of its values replaced, and never fails in another way', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), fc.nat(), fc.jsonValue(), (file, at, value) => {
        const document = JSON.parse(Buffer.from(bytesOf(file)).toString()) as unknown;
        const places = placesIn(document);
        const { holder, key } = places[at % places.length]!;
        fc.pre(digestJson(holder[key] ?? null) !== digestJson(value ?? null));
        holder[key] = value;
        const outcome = outcomeOf(withFile(file, Buffer.from(canonicalJson(document))));
        expect(file === 'timestamp' ? ['refused', expected] : ['refused']).toContain(outcome);
      }),
      { numRuns: 250 },
    );
  });

  it('survives whatever a thief of all online keys signs: refused, or a state without a package that is not allowed', () => {
    fc.assert(
      fc.property(fc.constantFrom('rollout', 'snapshot', 'timestamp'), fc.nat(), fc.jsonValue(), (role, at, value) => {
        const forged = resigned(role, at, value);
        fc.pre(forged !== null);
        try {
          const pinnedRoot = fixture.rootBytes;
          const options = { environment: ENVIRONMENT, pinnedRoot, expiryAtMs: Date.now() };
          const { allowed, manifests } = verifyRepository(forged!, options);
          const digests = new Set(allowed.map((each) => each.digest));
          for (const { manifest } of manifests.values()) {
            for (const each of manifest.packages) expect(digests).toContain(each.digest);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
      { numRuns: 250 },
    );
  });

  /** Replaces one value in a role's body, and signs it and all above it properly; null where that cannot even be signed. */
  function resigned(
    role: 'rollout' | 'snapshot' | 'timestamp',
    at: number,
    value: fc.JsonValue,
  ): RepositoryBytes | null {
    const files = { rollout: good.rollout, snapshot: good.snapshot, timestamp: good.timestamp };
    const order = ['rollout', 'snapshot', 'timestamp'] as const;
    try {
      for (const each of order.slice(order.indexOf(role))) {
        const { signed } = JSON.parse(Buffer.from(files[each]).toString()) as { signed: Record<string, unknown> };
        const { _type, spec_version, version, expires, ...body } = signed;
        if (each === 'snapshot')
          body.meta = { 'rollout.json': listed(files.rollout), 'targets.json': listed(good.targets) };
        if (each === 'timestamp') body.meta = { 'snapshot.json': listed(files.snapshot) };
        const content = { issue: { version: version as number, expires: expires as string }, body };
        if (each === role) {
          const places = placesIn(content);
          const { holder, key } = places[at % places.length]!;
          holder[key] = value;
        }
        files[each] = signRole(each, fixture.keys, content);
      }
      return { ...good, ...files };
    } catch {
      return null;
    }
  }

  const listed = (bytes: Uint8Array) => {
    const { signed } = JSON.parse(Buffer.from(bytes).toString()) as { signed: { version: number } };
    return { version: signed.version, ...factsOfFile(bytes) };
  };
});

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every value inside a document, by what holds it. */
function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}
