import { SignalboxError } from '@signalbox/contracts';
import { type ReleaseState, releaseHistory, statesBefore } from '../branch/release-history.js';
import { releasePath } from '../desired/desired.js';
import { tierPolicy } from '../desired/tier-policy.js';
import { closeWithdrawals } from '../withdrawal/index.js';
import { liftCommand } from './hold.js';
import { environmentOf, unknownName } from './known.js';
import { openSession, proposeRelease, type ReleaseChangeResult, type ReleaseSession } from './release-session.js';

export interface RollbackOptions {
  readonly repo: string;
  readonly model: string;
  readonly environment: string;
  /** The version to go back to; the one before the present unless given. */
  readonly to?: number;
  readonly merge: boolean;
  /** Records an approval by this name. */
  readonly approveAs?: string;
  readonly wallNow: () => number;
}

/**
 * Proposes that a release file says again what it said before: the content of an older commit, so a later edit of the same file can never
 * make it conflict, as a textual revert might in the worst moment. It asks for no gate, because the version has run there, and for as many approvals as
 * the policy wants for going back: none where the policy cannot be read, since a broken document must not stand in the way.
 * Held versions are passed over.
 * Errors: `release/refused` when there is nothing to go back to or it is held, `input/unknown-reference` where nothing was ever released, and those of `openSession`.
 */
export async function rollback(options: RollbackOptions): Promise<ReleaseChangeResult> {
  const { environment, model } = options;
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const path = releasePath(environment, model);
  const history = await releaseHistory(session.git.folder, session.main.commit, path);
  const { skipped, target } = targetOf(session, history, options);
  const now = history.at(-1)!;
  const passed = skipped.map((version) => `version ${version} is held`).join(', ');
  const title = `Roll ${model} in ${environment} back to version ${target.version}${passed === '' ? '' : ` (${passed})`}`;
  const result = await proposeRelease(session, {
    branch: `rollback/${environment}/${model}-v${target.version}`,
    title,
    message: `${title}\n\nThis takes back ${now.commit} (${now.subject}).`,
    files: new Map([[path, target.text]]),
    mustBeValid: false,
    ungated:
      'The release file says again what it said before, and that version has run here: going back asks for no gate.',
    merge: options.merge,
    approvals: tierPolicy(session.main.workspace, environment, model)?.rollbackApprovals ?? 0,
    ...(options.approveAs === undefined ? {} : { approveAs: options.approveAs }),
  });
  const left = { environment, model, version: now.version };
  if (result.merged !== null) await closeWithdrawals(session, left, `Rolled back by #${result.number}.`);
  return result;
}

interface Target {
  readonly target: ReleaseState;
  /** Versions between that are held. */
  readonly skipped: readonly number[];
}

function targetOf(session: ReleaseSession, history: readonly ReleaseState[], options: RollbackOptions): Target {
  const { environment, model, to } = options;
  const now = history.at(-1);
  if (!now) {
    const { releases } = environmentOf(session, environment);
    throw unknownName(model, `release in ${environment} of a model`, [...releases.keys()]);
  }
  const whyHeld = holdsIn(session, options);
  const ran = [...new Set(history.map((state) => state.version))];
  const others = ran.filter((version) => version !== now.version && whyHeld(version) === null);
  if (to === now.version) throw refused(options, `${environment} asks for version ${to} already`, { others });
  if (to !== undefined) {
    const target = history.findLast((state) => state.version === to);
    const why = target ? whyHeld(to) : `version ${to} has never run there (${ran.join(', ')} have)`;
    if (target && why === null) return { target, skipped: [] };
    throw refused(options, why!, { others, held: target && to });
  }
  const before = statesBefore(history);
  const at = before.findIndex(({ version }) => whyHeld(version) === null);
  const held = before.slice(0, at === -1 ? undefined : at).map(({ version }) => version);
  if (at !== -1) return { target: before[at]!, skipped: held };
  const why = held.length === 0 ? `nothing came before version ${now.version}` : held.map(whyHeld).join('; ');
  throw refused(options, why, { others, held: held[0] });
}

/** Why a version is held, or null. */
function holdsIn({ main }: ReleaseSession, { environment, model }: RollbackOptions) {
  const { environments, versions } = main.workspace;
  return (version: number): string | null => {
    const digest = versions.get(model)?.get(version)?.package.digest ?? '';
    const found = environments.get(environment)?.holds.get(digest);
    return found ? `version ${version} is held by ${found.by}: ${found.reason}` : null;
  };
}

/** `others`: where it could go instead; `held`: what it would go to, were it not held. */
function refused(
  { environment, model }: RollbackOptions,
  why: string,
  { held, others }: { readonly others: readonly number[]; readonly held?: number | undefined },
): SignalboxError {
  const lift = held === undefined ? '' : ` To lift the hold: ${liftCommand({ environment, model, version: held })}`;
  const hint =
    others.length === 0
      ? `No other version that ran there is free of holds. To choose one freely: signalbox promote ${model} --env ${environment} --version <n>`
      : `It can go back to: ${others.map((version) => `--to ${version}`).join(', ')}.`;
  return new SignalboxError('release/refused', `${model} in ${environment} cannot be rolled back: ${why}`, {
    hint: `${hint}${lift}`,
  });
}
