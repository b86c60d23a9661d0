import { createPrivateKey } from 'node:crypto';
import { SignalboxError } from '@signalbox/contracts';

export type Env = Readonly<Record<string, string | undefined>>;

/** How calls to GitHub are signed, and whose checks count. */
export interface Credentials {
  readonly signIn:
    | { readonly kind: 'app'; readonly appId: number; readonly privateKey: string }
    | { readonly kind: 'token'; readonly token: string };
  /** Checks that any other App made are no checks of ours. Null where nobody said which App: then none count. */
  readonly expectedAppId: number | null;
}

const HINT =
  'Set SIGNALBOX_GITHUB_TOKEN (or GITHUB_TOKEN) to a token of the repository, or SIGNALBOX_APP_ID and SIGNALBOX_APP_KEY to those of the GitHub App (docs/github.md).';

/**
 * The App where its key is there, else a token: SIGNALBOX_GITHUB_TOKEN before GITHUB_TOKEN, which a workflow may have set for other tools.
 * Errors: `forge/unauthorized` without any, `input/bad-argument` for an App id or key that is none.
 */
export function readCredentials(env: Env): Credentials {
  const expectedAppId = readAppId(env.SIGNALBOX_APP_ID);
  const key = env.SIGNALBOX_APP_KEY;
  if (key) {
    if (expectedAppId === null) throw badSetting('SIGNALBOX_APP_KEY is set, but SIGNALBOX_APP_ID is not', HINT);
    return { signIn: { kind: 'app', appId: expectedAppId, privateKey: readPrivateKey(key) }, expectedAppId };
  }
  const token = (env.SIGNALBOX_GITHUB_TOKEN || env.GITHUB_TOKEN || '').trim();
  if (token === '') {
    throw new SignalboxError('forge/unauthorized', 'there is no token and no App key to speak to GitHub with', {
      hint: HINT,
    });
  }
  if (/[^\x21-\x7e]/.test(token)) throw badSetting('the GitHub token has blanks or characters that no token has', HINT);
  return { signIn: { kind: 'token', token }, expectedAppId };
}

function readAppId(text: string | undefined): number | null {
  if (!text) return null;
  if (/^[1-9][0-9]{0,14}$/.test(text.trim())) return Number(text);
  throw badSetting(
    `expected SIGNALBOX_APP_ID to be a number, got "${text}"`,
    'It is the "App ID" on the page of the App, not its client id.',
  );
}

/** One line with `\n` for line breaks is how a key stands in many a settings file. */
function readPrivateKey(text: string): string {
  const key = text.replaceAll('\\n', '\n').trim();
  try {
    if (createPrivateKey(key).asymmetricKeyType === 'rsa') return `${key}\n`;
  } catch {
    // What OpenSSL says of a bad key helps nobody, and might quote it.
  }
  throw badSetting(
    'SIGNALBOX_APP_KEY is not an RSA private key',
    'It is the whole text of the .pem file that GitHub made for the App, from -----BEGIN to -----END.',
  );
}

function badSetting(message: string, hint: string): SignalboxError {
  return new SignalboxError('input/bad-argument', message, { hint });
}
