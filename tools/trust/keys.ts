import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, SignalboxError } from '@signalbox/contracts';

/** Every role has keys of its own, so that an online key stolen from the publisher can neither allow a package nor change a key. */
export const TRUST_ROLES = ['root', 'targets', 'rollout', 'snapshot', 'timestamp'] as const;
export type TrustRole = (typeof TRUST_ROLES)[number];

/**
 * What a key is for: one role, or an emergency. The emergency key signs manifests by hand while Git cannot be reached, so the root names it beside the
 * online keys of `snapshot` and `timestamp`, and `targets` beside those of `rollout`. Like the root key it is kept offline.
 */
export const KEY_KINDS = [...TRUST_ROLES, 'emergency'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** Keys that never leave their machine as a line for a secret store. */
export const OFFLINE_KINDS: readonly KeyKind[] = ['root', 'emergency'];

/** A public key as TUF metadata writes it. */
export interface PublicKey {
  readonly keytype: 'ed25519';
  readonly scheme: 'ed25519';
  readonly keyval: { readonly public: string };
}

export interface SigningKey {
  /** SHA-256 of the canonical form of the public key. */
  readonly keyId: string;
  readonly publicKey: PublicKey;
  /** Ed25519 (RFC 8032); answers the signature in hexadecimal. */
  sign(data: Uint8Array): string;
}

/** The keys at hand. A publisher that only moves weights needs no `root` and no `targets` key. */
export interface KeySet {
  readonly environment: string;
  readonly keys: Readonly<Record<KeyKind, readonly SigningKey[]>>;
}

export interface KeyFolder {
  /** Holds one folder for each environment: `.signalbox/keys`. */
  readonly dir: string;
  readonly environment: string;
  /** The environment has a root, so its keys are somewhere: others than those would be worth nothing. */
  readonly hasRoot?: boolean;
}

const FILE_NAME = /^(root|targets|rollout|snapshot|timestamp|emergency)-(\d+)\.pem$/;

/**
 * Mints Ed25519 keys into `<dir>/<environment>/<kind>-<n>.pem` (PKCS #8, mode 0600), all or none. Never overwrites:
 * `release/refused` when the environment has keys already. `rootKeys` is how many root keys to mint (1 unless told).
 */
export async function mintKeys(options: KeyFolder & { readonly rootKeys?: number }): Promise<KeySet> {
  const { dir, environment, rootKeys = 1 } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const building = await mkdtemp(join(dir, `.${environment}-`));
  try {
    for (const kind of KEY_KINDS) {
      const count = kind === 'root' ? rootKeys : 1;
      for (let n = 1; n <= count; n++) await writeFile(join(building, `${kind}-${n}.pem`), newPem(), { mode: 0o600 });
    }
    await chmod(building, 0o700);
    await rename(building, join(dir, environment));
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    throw mintingFailed(options, cause);
  }
  return loadKeys(options);
}

function mintingFailed({ dir, environment }: KeyFolder, cause: unknown): SignalboxError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') {
    return new SignalboxError(
      'release/refused',
      `${join(dir, environment)} has keys already; keys are never overwritten`,
      {
        hint: 'To start over, move that folder away: pods that pin the present root will then trust nothing new.',
        cause,
      },
    );
  }
  return new SignalboxError('store/unavailable', `the keys cannot be written to ${dir}`, { cause });
}

/** Throws `trust/no-keys` when there are none; a kind without a file has an empty list. */
export async function loadKeys(folder: KeyFolder): Promise<KeySet> {
  const keys = noKeys();
  for (const { file, kind, pem } of await readKeyFiles(folder)) keys[kind].push(parseKey(file, pem));
  return { environment: folder.environment, keys };
}

/** The private keys as they lie in the folder, by kind and number. Throws `trust/no-keys` when there are none. */
export async function readKeyFiles({ dir, environment, hasRoot = false }: KeyFolder) {
  const folder = join(dir, environment);
  const names = await readdir(folder).catch(() => [] as string[]);
  const files: { readonly kind: KeyKind; readonly file: string; readonly pem: string }[] = [];
  for (const name of names.sort()) {
    const kind = FILE_NAME.exec(name)?.[1] as KeyKind | undefined;
    if (kind) files.push({ kind, file: join(folder, name), pem: await readFile(join(folder, name), 'utf8') });
  }
  if (files.length > 0) return files;
  throw new SignalboxError('trust/no-keys', `there are no signing keys in ${folder}`, {
    hint: hasRoot
      ? `The root of ${environment} names the keys that count, so go where they are. A reconciler takes them from SIGNALBOX_KEYS as well, as the line that \`signalbox keys export --env ${environment}\` prints there.`
      : `Mint them with \`signalbox keys mint --env ${environment}\`.`,
  });
}

export const noKeys = (): Record<KeyKind, SigningKey[]> => ({
  root: [],
  targets: [],
  rollout: [],
  snapshot: [],
  timestamp: [],
  emergency: [],
});

export function newPem(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** `file` is what an error names as the key's origin. Throws `trust/no-keys`. */
export function parseKey(file: string, pem: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw new SignalboxError('trust/no-keys', `${file} is not a private key in PEM form`, { cause });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new SignalboxError('trust/no-keys', `${file} is a key of type ${privateKey.asymmetricKeyType}, not ed25519`);
  }
  const publicHex = rawPublicKey(privateKey).toString('hex');
  const publicKey: PublicKey = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicHex } };
  const keyId = createHash('sha256').update(canonicalJson(publicKey)).digest('hex');
  return { keyId, publicKey, sign: (data) => sign(null, data, privateKey).toString('hex') };
}

/** The 32 bytes of the key: a JWK carries them in base64url. */
function rawPublicKey(privateKey: KeyObject): Buffer {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x!, 'base64url');
}
