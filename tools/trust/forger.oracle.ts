import { canonicalJson, type RolloutManifest } from '@signalbox/contracts';
import { type AllowedPackage, manifestTarget, targetKey } from '@signalbox/serving/trust';
import { ENVIRONMENT, MODEL, nextOf, PACKAGE_A, type TrustFixture } from '../../tests/support/trust-fixture.js';
import { type KeySet, mintKeys, publish, readPublished, type TrustRole } from './index.js';
import { factsOfFile, rolloutDelegation, rootBody, signRole } from './sign-metadata.js';

const FAR = '2099-01-01T00:00:00Z';

type SignedBody = Record<string, unknown>;

interface Forgery {
  /** The manifest to sign, or any text in its place; neither: an empty rollout role. */
  readonly manifest?: RolloutManifest;
  readonly text?: string;
  /** A path that the rollout role lists beside it. */
  readonly alsoList?: string;
  readonly rolloutSigner?: TrustRole;
  /** Of the timestamp. */
  readonly expires?: string;
  /** Of every role that is signed; 50 unless told. */
  readonly version?: number;
  /** Signs the targets role as well, which allows package A; otherwise the published one stays. */
  readonly withTargets?: boolean;
}

/** Someone who can write to the store, and who may hold keys: builds repositories that the publisher would never build. */
export class Forger {
  constructor(
    readonly fixture: TrustFixture,
    private readonly keys: KeySet,
  ) {}

  /** A proper publication, to spoil afterwards. */
  async publishNext(): Promise<void> {
    const current = (await readPublished(this.fixture.publisher()))!;
    await this.fixture.publishNext(current);
  }

  async allow(allowedPackages: readonly AllowedPackage[]): Promise<void> {
    const current = (await readPublished(this.fixture.publisher()))!;
    await publish(this.fixture.publisher(), current, { ...nextOf(current), allowedPackages });
  }

  /** Changes the signed part of a file and leaves its signatures. */
  async tamper(name: string, change: (signed: SignedBody) => SignedBody): Promise<void> {
    const metadata = JSON.parse((await this.fixture.files()).get(name)!.toString()) as { signed: SignedBody };
    await this.fixture.overwrite(name, canonicalJson({ ...metadata, signed: change(metadata.signed) }));
  }

  async editNewestManifest(edit: (text: string) => string): Promise<void> {
    const current = await readPublished(this.fixture.publisher());
    const bytes = Buffer.from(current!.bytes.manifests.get(MODEL)!);
    const key = targetKey(ENVIRONMENT, manifestTarget(MODEL), factsOfFile(bytes).hashes.sha256);
    await this.fixture.store.write(key, edit(bytes.toString()));
  }

  /** A whole new state, signed by the keys at hand, with no check of what it says. */
  async sign(forgery: Forgery): Promise<void> {
    const text = forgery.text ?? (forgery.manifest && canonicalJson(forgery.manifest));
    const targets: SignedBody = {};
    if (text !== undefined) {
      const facts = factsOfFile(Buffer.from(text));
      targets[manifestTarget(MODEL)] = facts;
      await this.fixture.store.write(targetKey(ENVIRONMENT, manifestTarget(MODEL), facts.hashes.sha256), text);
    }
    if (forgery.alsoList) targets[forgery.alsoList] = { length: 1000, hashes: { sha256: 'e'.repeat(64) } };
    const { expires = FAR, rolloutSigner, version = 50 } = forgery;
    const rollout = this.asRole('rollout', { version, body: { targets } }, rolloutSigner);
    const allow = forgery.withTargets ? this.targetsFile(version) : undefined;
    await this.signSnapshotOver({ rollout, expires, version, ...(allow && { targets: allow }) });
  }

  /** A new snapshot and timestamp over the newest targets file and any rollout file. */
  async signSnapshotOver(over: {
    readonly rollout: Uint8Array;
    readonly targets?: Uint8Array;
    readonly expires?: string;
    readonly version?: number;
  }): Promise<void> {
    const { expires, rollout, version = 50 } = over;
    const targets = over.targets ?? (await readPublished(this.fixture.publisher()))!.bytes.targets;
    const listing = (bytes: Uint8Array) => ({ version: versionIn(bytes), ...factsOfFile(bytes) });
    await this.fixture.overwrite(`${versionIn(rollout)}.rollout.json`, rollout);
    await this.fixture.overwrite(`${versionIn(targets)}.targets.json`, targets);
    const body = { meta: { 'targets.json': listing(targets), 'rollout.json': listing(rollout) } };
    await this.signTimestampOver(this.asRole('snapshot', { version, body }), version, expires);
  }

  async signTimestampOver(snapshot: Uint8Array, version: number, expires = FAR): Promise<void> {
    await this.fixture.overwrite(`${version}.snapshot.json`, snapshot);
    const body = { meta: { 'snapshot.json': { version, ...factsOfFile(snapshot) } } };
    const timestamp = signRole('timestamp', this.keys, { issue: { version, expires }, body });
    await this.fixture.overwrite('timestamp.json', timestamp);
  }

  /** A next root that names new keys; `timestamp.json` is signed anew so that pods look. Answers the new keys. */
  async signRoot(root: {
    readonly version: number;
    readonly signers: 'new only' | 'old and new';
    readonly name?: string;
  }): Promise<KeySet> {
    const keys = await mintKeys({ dir: `${this.fixture.dir}/rotated-${root.version}`, environment: ENVIRONMENT });
    const signers = root.signers === 'new only' ? keys.keys.root : [...this.keys.keys.root, ...keys.keys.root];
    const bytes = signRole(
      'root',
      { ...keys, keys: { ...keys.keys, root: signers } },
      {
        issue: { version: root.version, expires: FAR },
        body: rootBody(keys, 1),
      },
    );
    await this.fixture.overwrite(root.name ?? `${root.version}.root.json`, bytes);
    await this.touchTimestamp();
    return keys;
  }

  private targetsFile(version: number): Buffer {
    const { digest, sizeBytes } = PACKAGE_A;
    const sha256 = digest.slice('sha256:'.length);
    const targets = { [`packages/${MODEL}/${sha256}`]: { length: sizeBytes, hashes: { sha256 } } };
    return this.asRole('targets', {
      version,
      body: { targets, delegations: rolloutDelegation(this.keys.keys.rollout) },
    });
  }

  private async touchTimestamp(): Promise<void> {
    const files = await this.fixture.files();
    const { signed } = JSON.parse(files.get('timestamp.json')!.toString()) as { signed: SignedBody };
    const body = { meta: signed.meta };
    const issue = { version: Number(signed.version) + 1, expires: FAR };
    await this.fixture.overwrite('timestamp.json', signRole('timestamp', this.keys, { issue, body }));
  }

  private asRole(role: TrustRole, content: { version: number; body: SignedBody }, signer = role): Buffer {
    const { version, body } = content;
    const keys = { ...this.keys, keys: { ...this.keys.keys, [role]: this.keys.keys[signer] } };
    return signRole(role, keys, { issue: { version, expires: FAR }, body });
  }
}

function versionIn(bytes: Uint8Array): number {
  const metadata = JSON.parse(Buffer.from(bytes).toString()) as { signed: { version: number } };
  return metadata.signed.version;
}
