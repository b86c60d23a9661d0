import { readFile } from 'node:fs/promises';
import { Metadata, MetadataKind } from '@tufjs/models';
import { keyFolderOf, openReader, rootPath } from './environment-files.js';
import { KEY_KINDS, type KeyKind, type KeySet, loadKeys } from './keys.js';
import { readPublished } from './read-published.js';

export interface ShownKey {
  readonly role: KeyKind;
  readonly keyId: string;
  /** Whether the root in the repository names it; null when there is no root, or for `rollout`, which the targets role names. */
  readonly inRoot: boolean | null;
}

/** The keys at hand, by their public ids. Throws `trust/no-keys`. */
export async function showKeys(repo: string, environment: string): Promise<readonly ShownKey[]> {
  const keys: KeySet = await loadKeys(keyFolderOf(repo, environment));
  const root = await readRoot(repo, environment);
  return KEY_KINDS.flatMap((kind) =>
    keys.keys[kind].map(({ keyId }) => ({ role: kind, keyId, inRoot: root && isNamed(root, kind, keyId) })),
  );
}

type Roles = NonNullable<Awaited<ReturnType<typeof readRoot>>>;

function isNamed(roles: Roles, kind: KeyKind, keyId: string): boolean | null {
  if (kind === 'rollout') return null;
  const needed = kind === 'emergency' ? ['snapshot', 'timestamp'] : [kind];
  return needed.every((role) => roles[role]?.keyIDs.includes(keyId) ?? false);
}

/** Of the newest root: the one in the repository, or one that followed it where keys were rotated. A store that cannot be read has none. */
async function readRoot(repo: string, environment: string) {
  const pinned = await readFile(rootPath(repo, environment)).catch(() => null);
  if (pinned === null) return null;
  const published = await openReader(repo, environment)
    .then((reader) => readPublished(reader))
    .catch(() => null);
  const newest = published?.bytes.roots.at(-1) ?? pinned;
  return Metadata.fromJSON(MetadataKind.Root, JSON.parse(Buffer.from(newest).toString('utf8'))).signed.roles;
}

export function describeKeys(keys: readonly ShownKey[]): string {
  const said = { true: '', false: '  not in the root: its signatures are worth nothing', null: '' };
  return keys.map(({ inRoot, keyId, role }) => `${role.padEnd(9)} ${keyId}${said[`${inRoot}`]}`).join('\n');
}
