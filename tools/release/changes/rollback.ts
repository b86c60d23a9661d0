import { SignalboxError } from '@signalbox/contracts';
import { type ReleaseState, releaseHistory, stateBefore } from '../branch/release-history.js';
import { releasePath } from '../desired/desired.js';
import { tierPolicy } from '../desired/tier-policy.js';
import { closeWithdrawals } from '../withdrawal/index.js';
import { openSession, proposeRelease, type ReleaseChangeResult } from './release-session.js';

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
 * Errors: `release/refused` when there is nothing to go back to or it is held, and those of `openSession`.
 */
export async function rollback(options: RollbackOptions): Promise<ReleaseChangeResult> {
  const { environment, model } = options;
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const path = releasePath(environment, model);
  const history = await releaseHistory(session.git.folder, session.main.commit, path);
  const target = targetOf(history, options);
  const now = history.at(-1)!;
  const digest = session.main.workspace.versions.get(model)?.get(target.version)?.package.digest;
  const hold = session.main.workspace.environments.get(environment)?.holds.get(digest ?? '');
  if (hold) throw refused(options, `version ${target.version} is held by ${hold.by}: ${hold.reason}`);
  const title = `Roll ${model} in ${environment} back to version ${target.version}`;
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

function targetOf(history: readonly ReleaseState[], options: RollbackOptions): ReleaseState {
  const { environment, model, to } = options;
  const now = history.at(-1);
  const ran = [...new Set(history.map((state) => state.version))].join(', ') || 'none';
  if (!now) throw refused(options, `${releasePath(environment, model)} has never been on the main branch`);
  if (to === now.version) throw refused(options, `${environment} asks for version ${to} already`);
  const target = to === undefined ? stateBefore(history) : history.findLast((state) => state.version === to);
  if (target) return target;
  const why =
    to === undefined ? `nothing came before version ${now.version}` : `version ${to} has never run there (${ran} have)`;
  throw refused(options, why);
}

function refused({ environment, model }: RollbackOptions, why: string): SignalboxError {
  return new SignalboxError('release/refused', `${model} in ${environment} cannot be rolled back: ${why}`, {
    hint: `To choose a version freely: signalbox promote ${model} --env ${environment} --version <n>`,
  });
}
