import { digestJson, formatInstant, parseInstantUs, US_PER_DAY } from '@signalbox/contracts';

/** What makes two requests for a new version the same one. */
export interface RequestKey {
  readonly model: string;
  /** Data before this is used: a midnight of event time. */
  readonly dataUntilUs: number;
  /** The package that is live. */
  readonly champion: string;
  /** Digest of the policy and of the rules that the model is watched, retrained and gated by. */
  readonly policy: string;
}

/** What the name of a request's branch says: until which day its data reaches, and the key as a whole as 12 hex digits. */
export interface RequestName {
  readonly model: string;
  readonly dataUntilUs: number;
  readonly key: string;
}

/** `20010701-1f0c9a6be2d4`. The day is in it so that a branch's name alone says when the last request was, after its branch is long gone. */
export function requestKey(parts: RequestKey): string {
  const day = formatInstant(parts.dataUntilUs).slice(0, 10).replaceAll('-', '');
  return `${day}-${digestJson(parts).slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

/** The branch of a request: whoever sees the same state makes the same name, so a request exists once. */
export function requestBranch(model: string, key: string): string {
  return `retrain/${model}-${key}`;
}

/** Null for a branch that is no request's. */
export function parseRequestBranch(branch: string): RequestName | null {
  const match = /^retrain\/(.+)-((\d{4})(\d{2})(\d{2})-[0-9a-f]{12})$/.exec(branch);
  if (match === null) return null;
  const [, model, key, year, month, day] = match as unknown as [string, string, string, string, string, string];
  try {
    return { model, key, dataUntilUs: parseInstantUs(`${year}-${month}-${day}`) };
  } catch {
    return null;
  }
}

/** The last midnight: whole days only, so that asking twice a day asks for the same. */
export function dataUntil(eventNowUs: number): number {
  return Math.floor(eventNowUs / US_PER_DAY) * US_PER_DAY;
}
