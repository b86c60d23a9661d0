import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '@signalbox/contracts';
import { TRUST_LIMITS } from '@signalbox/serving/trust';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, MODEL, manifestOf, nextOf, PACKAGE_A, TrustFixture } from '../../tests/support/trust-fixture.js';
import { Forger } from './forger.oracle.js';
import { mintKeys, type Published, publish } from './index.js';

/** Each row is an attack or an accident on a store from which a pod already serves serial 2; serial 1 lies in its history. */
interface Attack {
  readonly name: string;
  readonly reason: RegExp;
  readonly kind?: 'trust' | 'store';
  strike(forger: Forger, state: { first: ReadonlyMap<string, Buffer>; current: Published }): Promise<void>;
}

const ATTACKS: readonly Attack[] = [
  {
    name: 'a timestamp with changed content',
    reason: /timestamp was signed by 0\/1 keys/,
    strike: (forger) => forger.tamper('timestamp.json', (signed) => ({ ...signed, version: 99 })),
  },
  {
    name: 'a timestamp that is not JSON',
    reason: /cannot be trusted/,
    strike: (forger) => forger.fixture.overwrite('timestamp.json', 'garbage'),
  },
  {
    name: 'an older timestamp played again',
    reason: /timestamp version 2 is less than current version 3/,
    strike: (forger, { first }) => forger.fixture.overwrite('timestamp.json', first.get('timestamp.json')!),
  },
  {
    name: 'a timestamp of endless length',
    reason: /larger than 16384 bytes/,
    strike: (forger) => forger.fixture.overwrite('timestamp.json', Buffer.alloc(50_000_000, ' ')),
  },
  {
    name: 'a snapshot with changed content',
    reason: /snapshot: Expected (hash|length)/,
    strike: async (forger) => {
      await forger.publishNext();
      await forger.tamper('4.snapshot.json', (signed) => ({ ...signed, expires: '2999-01-01T00:00:00Z' }));
    },
  },
  {
    name: 'a targets file with changed content',
    reason: /targets.*Expected (hash|length)/,
    strike: async (forger) => {
      await forger.allow([PACKAGE_A]);
      await forger.tamper('3.targets.json', (signed) => ({ ...signed, targets: {} }));
    },
  },
  {
    name: 'a rollout file with changed content',
    reason: /targets.*Expected (hash|length)/,
    strike: async (forger) => {
      await forger.publishNext();
      await forger.tamper('4.rollout.json', (signed) => ({ ...signed, expires: '2999-01-01T00:00:00Z' }));
    },
  },
  {
    name: 'a manifest with changed content',
    reason: /Expected hash/,
    strike: async (forger) => {
      await forger.publishNext();
      await forger.editNewestManifest((text) => text.replace('"salt":"salt"', '"salt":"tlas"'));
    },
  },
  {
    name: 'a manifest of endless length',
    reason: /larger than \d+ bytes/,
    strike: async (forger) => {
      await forger.publishNext();
      await forger.editNewestManifest((text) => text + ' '.repeat(5_000_000));
    },
  },
  {
    name: 'a snapshot of endless length',
    reason: /larger than \d+ bytes/,
    strike: async (forger) => {
      await forger.publishNext();
      await forger.fixture.overwrite('4.snapshot.json', Buffer.alloc(5_000_000, ' '));
    },
  },
  {
    name: 'a signed manifest over the size that pods take',
    reason: /at most 262144 are taken/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3, { rule: 'x'.repeat(300_000) }) }),
  },
  {
    name: 'an old snapshot under a new timestamp',
    reason: /version 2 is less than current version 3/,
    strike: (forger, { first }) => forger.signTimestampOver(first.get('2.snapshot.json')!, 2),
  },
  {
    name: 'mix and match: the old rollout file under a new snapshot',
    reason: /New version 2 of rollout\.json is less than current version 3/,
    strike: (forger, { first }) => forger.signSnapshotOver({ rollout: first.get('2.rollout.json')! }),
  },
  {
    name: 'mix and match: the old rollout file under the newest name',
    reason: /Expected (hash|length)/,
    strike: async (forger, { first }) => {
      await forger.publishNext();
      await forger.fixture.overwrite('4.rollout.json', first.get('2.rollout.json')!);
    },
  },
  {
    name: 'an older manifest under new metadata (a stolen rollout key)',
    reason: /flight-delay: serial 1 is older than 2/,
    strike: (forger) => forger.sign({ manifest: manifestOf(1) }),
  },
  {
    name: 'the applied serial with other content',
    reason: /flight-delay: serial 2 was already applied with other content/,
    strike: (forger) => forger.sign({ manifest: manifestOf(2, { salt: 'other' }) }),
  },
  {
    name: 'a package that the targets role does not list (a stolen rollout key)',
    reason: /version 1 \(sha256:e+\) is not allowed by the targets role/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3, { packages: [packageOf('e')] }) }),
  },
  {
    name: 'a package that only the rollout role lists',
    reason: /the rollout role signed packages\/flight-delay\/e+, which is no manifest/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3), alsoList: `packages/${MODEL}/${'e'.repeat(64)}` }),
  },
  {
    name: 'a package with another size',
    reason: /has 7 bytes, the targets role says 1000/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3, { packages: [packageOf('a', 7)] }) }),
  },
  {
    name: 'a manifest of another environment',
    reason: /is for environment staging, not prod/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3, { environment: 'staging' }) }),
  },
  {
    name: 'a manifest of another model',
    reason: /is for model other, not flight-delay/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3, { model: 'other' }) }),
  },
  {
    name: 'a manifest with an unknown key',
    reason: /must NOT have additional properties \(`surprise`\)/,
    strike: (forger) => forger.sign({ text: canonicalJson({ ...manifestOf(3), surprise: 1 }) }),
  },
  {
    name: 'a manifest with a key twice',
    reason: /not in canonical form/,
    strike: (forger) => forger.sign({ text: canonicalJson(manifestOf(3)).replace('{', '{"serial":9,') }),
  },
  {
    name: 'a manifest that is not JSON',
    reason: /is not JSON/,
    strike: (forger) => forger.sign({ text: 'serial: 3' }),
  },
  {
    name: 'a manifest with a type that is wrong',
    reason: /`candidateBuckets` must be integer/,
    strike: (forger) => forger.sign({ text: canonicalJson({ ...manifestOf(3), candidateBuckets: '0' }) }),
  },
  {
    name: 'a manifest whose candidate has no package',
    reason: /its candidate is version 2, which has no package/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3, { candidate: 2, candidateBuckets: 10 }) }),
  },
  {
    name: 'a manifest that gives one unit to two versions',
    reason: /its candidate and arms have 10001 buckets, of 10000/,
    strike: (forger) =>
      forger.sign({
        manifest: manifestOf(3, {
          ...{ candidate: 1, candidateBuckets: 10_000 },
          arms: [{ version: 1, buckets: 1 }],
        }),
      }),
  },
  {
    name: 'a manifest with conditions without end',
    reason: /`segments\/0\/where` must NOT have more than 4096 characters/,
    strike: (forger) =>
      forger.sign({
        manifest: manifestOf(3, { segments: [{ name: 'all', where: `${'!'.repeat(100_000)}true`, version: null }] }),
      }),
  },
  {
    name: 'a rollout role without any manifest',
    reason: /the published state of environment prod is gone/,
    strike: (forger) => forger.sign({}),
  },
  {
    name: 'metadata signed by keys of another root',
    reason: /timestamp was signed by 0\/1 keys/,
    strike: async (forger) => {
      const dir = join(forger.fixture.dir, 'other-keys');
      const keys = await mintKeys({ dir, environment: ENVIRONMENT });
      await new Forger(forger.fixture, keys).sign({ manifest: manifestOf(3) });
    },
  },
  {
    name: 'a rollout file signed by the timestamp key',
    reason: /rollout was signed by 0\/1 keys/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3), rolloutSigner: 'timestamp' }),
  },
  {
    name: 'a new timestamp that has expired already',
    reason: /timestamp\.json is expired/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3), expires: '2020-01-01T00:00:00Z' }),
  },
  {
    name: 'an expiry that is no date',
    reason: /`expires` is no date/,
    strike: (forger) => forger.sign({ manifest: manifestOf(3), expires: 'whenever' }),
  },
  {
    name: 'a deleted timestamp',
    reason: /the published state of environment prod is gone/,
    strike: (forger) => rm(join(forger.fixture.trustDir, 'timestamp.json')),
  },
  {
    name: 'a deleted snapshot',
    reason: /4\.snapshot\.json is not in the store/,
    strike: async (forger) => {
      await forger.publishNext();
      await rm(join(forger.fixture.trustDir, '4.snapshot.json'));
    },
  },
  {
    name: 'a deleted manifest',
    reason: /flight-delay\.json is not in the store/,
    strike: async (forger) => {
      await forger.publishNext();
      await rm(join(forger.fixture.trustDir, 'targets'), { recursive: true });
    },
  },
  {
    name: 'an emptied store',
    reason: /the published state of environment prod is gone/,
    strike: (forger) => rm(join(forger.fixture.dir, 'store'), { recursive: true }),
  },
  {
    name: 'a root that the pinned root did not sign',
    reason: /root was signed by 0\/1 keys/,
    strike: async (forger) => {
      await forger.signRoot({ version: 2, signers: 'new only' });
    },
  },
  {
    name: 'a root that leaves a version out',
    reason: /Expected version 2, got 3/,
    strike: async (forger) => {
      await forger.signRoot({ version: 3, signers: 'old and new', name: '2.root.json' });
    },
  },
];

const packageOf = (letter: string, sizeBytes = 1000) => ({
  version: 1,
  digest: `sha256:${letter.repeat(64)}`,
  sizeBytes,
  features: `sha256:${'f'.repeat(64)}`,
});

describe('a pod that serves serial 2', () => {
  let fixture: TrustFixture;
  let first: ReadonlyMap<string, Buffer>;
  let current: Published;

  beforeEach(async () => {
    fixture = await TrustFixture.create();
    current = await fixture.publishNext(await fixture.initialise());
    first = await fixture.files();
    current = await fixture.publishNext(current);
  });
  afterEach(() => fixture.remove());

  it.each(ATTACKS)('refuses $name, serves on, also after a restart, and takes the next good state', async (attack) => {
    const client = await fixture.openClient();
    expect((await client.poll()).status).toBe('updated');
    const restore = await fixture.checkpoint();

    await attack.strike(new Forger(fixture, fixture.keys), { first, current });
    const refused = await client.poll();
    expect(refused).toMatchObject({ status: 'refused', refusal: { kind: attack.kind ?? 'trust' } });
    expect(refused.reason).toMatch(attack.reason);
    expect(refused.manifests.get(MODEL)?.serial).toBe(2);

    const restarted = await fixture.openClient();
    expect(restarted.cacheProblem).toBeNull();
    expect(restarted.manifests.get(MODEL)?.serial).toBe(2);
    const again = await restarted.poll();
    expect(again.status).toBe('refused');
    expect(again.manifests.get(MODEL)?.serial).toBe(2);

    await restore();
    fixture.offsetMs += TRUST_LIMITS.refusedRetryMs;
    await publish(fixture.publisher(), current, nextOf(current));
    for (const each of [client, restarted]) {
      const healed = await each.poll();
      expect(healed).toMatchObject({ status: 'updated', reason: null });
      expect(healed.manifests.get(MODEL)?.serial).toBe(3);
    }
  });
});

it('docs/trust.md lists exactly these attacks', async () => {
  const page = await readFile(new URL('../../docs/trust.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('\n## Attacks'), page.indexOf('\n## What it does not do'));
  const listed = [...table.matchAll(/^\| (.+?) +\| .+ \|$/gm)].map((row) => row[1]!);
  expect(listed.filter((name) => name !== 'attack' && !name.startsWith('---'))).toEqual(
    ATTACKS.map(({ name }) => name),
  );
});
