/** The order in which versions are asked for an answer. Pure: what failed so far goes in, what to try next comes out. */
export type VersionRole = 'candidate' | 'champion' | 'segment' | 'fallback' | 'pinned' | 'shadow';

export interface Attempt {
  readonly role: VersionRole;
  readonly version: number;
}

/** Why a version gave no score. */
export type AttemptFailure =
  | { readonly kind: 'timeout' | 'overloaded' | 'closed' | 'not-loaded' | 'not-finite' }
  /** It was not asked: the breaker is open. */
  | { readonly kind: 'cut-off' }
  | { readonly kind: 'error'; readonly problem: string }
  | { readonly kind: 'missing-inputs'; readonly names: readonly string[] };

export interface FailedAttempt {
  readonly attempt: Attempt;
  readonly failure: AttemptFailure;
}

/** The chosen version, then the champion, then the fallback; no version twice. */
export function attemptsFor(
  chosen: { readonly role: 'candidate' | 'champion' | 'segment'; readonly version: number },
  manifest: { readonly champion: number; readonly fallback: number | null },
): Attempt[] {
  const attempts: Attempt[] = [{ role: chosen.role, version: chosen.version }];
  const add = (role: VersionRole, version: number | null): void => {
    if (version !== null && !attempts.some((attempt) => attempt.version === version)) attempts.push({ role, version });
  };
  add('champion', manifest.champion);
  add('fallback', manifest.fallback);
  return attempts;
}

export type Step =
  | { readonly kind: 'ask'; readonly attempt: Attempt }
  | { readonly kind: 'rule' }
  | { readonly kind: 'give-up' };

/** What to do after these failures. The rule comes last; without one there is no useful answer. */
export function nextStep(attempts: readonly Attempt[], failed: number, hasRule: boolean): Step {
  const attempt = attempts[failed];
  if (attempt !== undefined) return { kind: 'ask', attempt };
  return hasRule ? { kind: 'rule' } : { kind: 'give-up' };
}
