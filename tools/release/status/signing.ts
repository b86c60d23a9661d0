import { type KeySet, type Published, worthlessKinds } from '../../trust/index.js';
import { resignAfterMs } from '../pass/sign.js';

/** A reconciler that fails, or a pass that is late, is not told at once: this often it may be missed. */
const MISSED = 3;

export interface SigningQuestion {
  readonly environment: string;
  readonly published: Published | null;
  readonly rootBytes: Uint8Array;
  /** Those of this work tree; null where there are none, as on most machines. */
  readonly keys: KeySet | null;
  readonly timestampValidityMs: number;
  readonly wallNowMs: number;
}

/** Why nobody seems able to sign: nothing would move, nobody would go back, and pods would freeze when the timestamp expires. */
export function signingNotes(question: SigningQuestion): readonly string[] {
  return [...silence(question), ...worthlessKeys(question)];
}

function silence({ environment, published, timestampValidityMs, wallNowMs }: SigningQuestion): readonly string[] {
  if (published === null) return [];
  const { expiresAtMs } = published.verified.roles.timestamp;
  const lastMs = expiresAtMs - timestampValidityMs;
  if (wallNowMs - lastMs < MISSED * resignAfterMs(timestampValidityMs)) return [];
  const until = `${wallNowMs < expiresAtMs ? 'pods take nothing new after' : 'pods take nothing new since'} ${iso(expiresAtMs)}`;
  return [
    `nobody has signed anything for ${environment} since ${iso(lastMs)}: no reconciler runs, or it cannot sign, and says why where it runs (\`signalbox reconcile --env ${environment}\` tries it here); ${until}`,
  ];
}

function worthlessKeys({ environment, keys, published, rootBytes }: SigningQuestion): readonly string[] {
  if (keys === null) return [];
  const worthless = worthlessKinds(keys, { published, rootBytes });
  if (worthless.length === 0) return [];
  return [
    `a reconciler with the keys of this work tree cannot sign: the newest root names none of its ${worthless.join(', ')} keys; \`signalbox keys show --env ${environment}\` lists them`,
  ];
}

const iso = (ms: number): string => new Date(ms).toISOString();
