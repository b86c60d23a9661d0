import { createPrivateKey } from 'node:crypto';
import { SignalboxError } from '@signalbox/contracts';
import {
  type KeyFolder,
  type KeySet,
  noKeys,
  OFFLINE_KINDS,
  parseKey,
  readKeyFiles,
  TRUST_ROLES,
  type TrustRole,
} from './keys.js';

/** The environment variable that brings keys to a machine without a key folder, such as a runner with a protected secret. */
export const KEYS_VARIABLE = 'SIGNALBOX_KEYS';

/**
 * The keys of an environment as one line for a secret store: `<environment> <role>=<PKCS #8 in base64> …`. The root keys stay out, so that
 * who reads the secret can never change a key, and the emergency key, which is for people. Throws `trust/no-keys`.
 */
export async function exportKeys(folder: KeyFolder): Promise<string> {
  const files = (await readKeyFiles(folder)).filter(({ kind }) => !OFFLINE_KINDS.includes(kind));
  if (files.length === 0) {
    throw new SignalboxError('trust/no-keys', `${folder.dir}/${folder.environment} holds offline keys only`, {
      hint: 'Root and emergency keys never leave their machine. Export where the other keys are.',
    });
  }
  const words = files.map(({ file, kind, pem }) => {
    parseKey(file, pem);
    return `${kind}=${createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }).toString('base64')}`;
  });
  return [folder.environment, ...words].join(' ');
}

/** The line of an environment in what the variable holds: one line, or one for each of several environments. Null without any. */
export function keyLineOf(text: string | undefined, environment: string): string | null {
  const lines = (text ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => line.trim().startsWith(`${environment} `)) ?? lines[0] ?? null;
}

/** Reads such a line. Throws `trust/no-keys` for another environment's line and for a malformed one; it never repeats what a word holds. */
export function parseKeyLine(line: string, environment: string): KeySet {
  const [named = '', ...words] = line.trim().split(/\s+/);
  if (named !== environment) {
    const found = /^[a-z][a-z0-9_-]*$/.test(named) ? `those of "${named}"` : 'no environment at its start';
    throw refused(`expected the keys of ${environment}, got ${found}`, environment);
  }
  const keys = noKeys();
  for (const [at, word] of words.entries()) {
    const [, role = '', body = ''] = /^([a-z]+)=([A-Za-z0-9+/]+=*)$/.exec(word) ?? [];
    const place = `${KEYS_VARIABLE}, word ${at + 2}`;
    if (!isRole(role)) throw refused(`expected <role>=<base64> with a role of ${TRUST_ROLES.join(', ')}`, environment);
    keys[role].push(parseKey(place, `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`));
  }
  if (words.length === 0) throw refused('expected at least one key after the environment, got none', environment);
  return { environment, keys };
}

const isRole = (word: string): word is TrustRole => (TRUST_ROLES as readonly string[]).includes(word);

function refused(problem: string, environment: string): SignalboxError {
  return new SignalboxError('trust/no-keys', `${KEYS_VARIABLE}: ${problem}`, {
    hint: `Make the line where the keys are: signalbox keys export --env ${environment}`,
  });
}
