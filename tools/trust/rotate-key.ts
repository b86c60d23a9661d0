import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { metadataKey } from '@signalbox/serving/trust';
import { emergencyKeysOf } from './emergency-key.js';
import { expiryAfter, VALIDITY_MS } from './expiries.js';
import {
  KEY_KINDS,
  type KeyFolder,
  type KeyKind,
  loadKeys,
  newPem,
  parseKey,
  readKeyFiles,
  type SigningKey,
} from './keys.js';
import { signAnew } from './publish.js';
import { readPublished } from './read-published.js';
import type { Published, TrustPublisher, TrustReader } from './repository.js';
import { signRole } from './sign-metadata.js';
import { writeOnce } from './write-files.js';

/** All but the root keys: who changes those must gather their holders, and a tool cannot. */
export const ROTATABLE_KINDS = KEY_KINDS.filter((kind) => kind !== 'root');

export interface RotateOptions extends Omit<TrustReader, 'environment'>, KeyFolder {
  readonly kind: KeyKind;
  readonly wallNow: () => number;
  readonly timestampValidityMs: number;
}

export interface Rotated {
  /** The id of the new key. */
  readonly keyId: string;
  /** The ids that are worth nothing any more. */
  readonly dropped: readonly string[];
  /** The version of the root that says so, which pods follow from the one that they pin; null where `targets` says so, as of the rollout key. */
  readonly rootVersion: number | null;
}

/**
 * A new key in place of those of one kind. First a root that names the old ones and the new one, under which what is published stays valid; then everything
 * signed by both; then a root that names the new one alone. So a cut anywhere leaves a state that pods take, and the next run goes on from there: more than
 * one key of the kind in the folder is a run that was cut. The old keys are put aside, into `retired/`.
 * Needs all keys but the emergency key. Errors: `trust/no-keys`, `trust/unverified`, `store/not-found`, `store/…`.
 */
export async function rotateKey(asked: RotateOptions): Promise<Rotated> {
  const options = { ...asked, hasRoot: true };
  const { kind } = options;
  const fresh = await freshKey(options);
  const before = await published(options);
  const old = namedKeys(before, options, kind).filter((keyId) => keyId !== fresh.keyId);
  const drop = new Set([...old, ...(await idsInFolder(options)).filter((keyId) => keyId !== fresh.keyId)]);
  await publishRoot(options, before, { kind, fresh, drop: new Set() });
  await signAnew(await publisherOf(options, new Set()), await published(options));
  await publishRoot(options, await published(options), { kind, fresh, drop });
  const after = await signAnew(await publisherOf(options, drop), await published(options));
  await retire(options, drop);
  const rootVersion = rolesOf(kind).length === 0 ? null : rootOf(newestRoot(after, options)).version;
  return { keyId: fresh.keyId, dropped: old, rootVersion };
}

/** The newest of several; a new one where there is one only, or none. */
async function freshKey(options: RotateOptions): Promise<SigningKey> {
  const { dir, environment, kind } = options;
  const files = (await readKeyFiles(options)).filter((file) => file.kind === kind);
  const numbered = files.map(({ file, pem }) => ({ pem, file, number: Number(/-(\d+)\.pem$/.exec(file)![1]) }));
  const newest = numbered.sort((a, b) => a.number - b.number).at(-1);
  if (newest && numbered.length > 1) return parseKey(newest.file, newest.pem);
  const [file, pem] = [join(dir, environment, `${kind}-${(newest?.number ?? 0) + 1}.pem`), newPem()];
  await writeFile(file, pem, { mode: 0o600, flag: 'wx' });
  return parseKey(file, pem);
}

async function idsInFolder(options: RotateOptions): Promise<readonly string[]> {
  const files = await readKeyFiles(options);
  return files.filter(({ kind }) => kind === options.kind).map(({ file, pem }) => parseKey(file, pem).keyId);
}

async function published(options: RotateOptions): Promise<Published> {
  const found = await readPublished(options);
  if (found) return found;
  throw new SignalboxError('store/not-found', `nothing has been published for environment ${options.environment}`, {
    hint: 'Before anything is published keys need no rotation: mint them anew.',
  });
}

const newestRoot = ({ bytes }: Published, { rootBytes }: RotateOptions): Uint8Array => bytes.roots.at(-1) ?? rootBytes;

interface Root {
  readonly version: number;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly roles: Readonly<Record<string, { readonly keyids: readonly string[]; readonly threshold: number }>>;
}

const rootOf = (bytes: Uint8Array): Root =>
  (JSON.parse(Buffer.from(bytes).toString('utf8')) as { signed: Root }).signed;

/** The roles of the root that name keys of a kind. `targets` names those of `rollout`. */
function rolesOf(kind: KeyKind): readonly string[] {
  if (kind === 'rollout') return [];
  return kind === 'emergency' ? ['snapshot', 'timestamp'] : [kind];
}

/** The keys of a kind that are worth something now. */
function namedKeys(state: Published, options: RotateOptions, kind: KeyKind): readonly string[] {
  const bytes = newestRoot(state, options);
  const emergency = emergencyKeysOf(bytes).map(({ keyId }) => keyId);
  if (kind === 'emergency') return emergency;
  return namedIn(state.bytes, bytes, kind).filter((keyId) => !emergency.includes(keyId));
}

/** Whether a key is worth something for an online role; of `rollout` nobody can tell before anything is published. */
export function isNamedFor(
  kind: 'rollout' | 'snapshot' | 'timestamp',
  keyId: string,
  { root, targets }: { readonly root: Uint8Array; readonly targets: Uint8Array | undefined },
): boolean {
  if (kind === 'rollout' && targets === undefined) return true;
  return namedIn({ targets: targets ?? root }, root, kind).includes(keyId);
}

function namedIn(bytes: { readonly targets: Uint8Array }, root: Uint8Array, kind: KeyKind): readonly string[] {
  if (kind !== 'rollout') return rootOf(root).roles[kind]!.keyids;
  const { signed } = JSON.parse(Buffer.from(bytes.targets).toString('utf8')) as {
    signed: { delegations: { roles: readonly { keyids: readonly string[] }[] } };
  };
  return signed.delegations.roles.flatMap(({ keyids }) => keyids);
}

/** The next root, where it would say something else than the newest. */
async function publishRoot(
  options: RotateOptions,
  state: Published,
  { drop, fresh, kind }: { readonly kind: KeyKind; readonly fresh: SigningKey; readonly drop: ReadonlySet<string> },
): Promise<void> {
  const { dir, environment, store, wallNow } = options;
  const { keys, roles, version } = rootOf(newestRoot(state, options));
  const changed = Object.fromEntries(
    Object.entries(roles).map(([role, { keyids, threshold }]) => {
      const added = rolesOf(kind).includes(role) && !keyids.includes(fresh.keyId) ? [fresh.keyId] : [];
      return [role, { keyids: [...keyids.filter((keyId) => !drop.has(keyId)), ...added], threshold }];
    }),
  );
  if (JSON.stringify(changed) === JSON.stringify(roles)) return;
  const named = new Set(Object.values(changed).flatMap(({ keyids }) => keyids));
  const table = Object.entries({ ...keys, [fresh.keyId]: fresh.publicKey }).filter(([keyId]) => named.has(keyId));
  const body = { consistent_snapshot: true, keys: Object.fromEntries(table), roles: changed };
  const issue = { version: version + 1, expires: expiryAfter(wallNow(), VALIDITY_MS.root) };
  const bytes = signRole('root', await loadKeys({ dir, environment }), { issue, body });
  await writeOnce(store, metadataKey(environment, 'root', issue.version), bytes);
}

/** Whoever signs: all keys of the folder but those that are dropped. */
async function publisherOf(options: RotateOptions, drop: ReadonlySet<string>): Promise<TrustPublisher> {
  const all = await loadKeys(options);
  const kept = Object.entries(all.keys).map(([kind, keys]) => [kind, keys.filter(({ keyId }) => !drop.has(keyId))]);
  return { ...options, keys: { ...all, keys: Object.fromEntries(kept) as typeof all.keys } };
}

async function retire({ dir, environment }: RotateOptions, drop: ReadonlySet<string>): Promise<void> {
  const aside = join(dir, environment, 'retired');
  for (const { file, pem } of await readKeyFiles({ dir, environment })) {
    if (!drop.has(parseKey(file, pem).keyId)) continue;
    await mkdir(aside, { recursive: true, mode: 0o700 });
    await rename(file, join(aside, basename(file)));
  }
}
