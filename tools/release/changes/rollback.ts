import { SignalboxError } from '@signalbox/contracts';
import { type ReleaseState, releaseHistory } from '../branch/release-history.js';
import { holdPath, releasePath } from '../desired/desired.js';
import { holdsOf } from '../desired/holds.js';
import { tierPolicy } from '../desired/tier-policy.js';
import { closeWithdrawals } from '../withdrawal/index.js';
import { confirmedAnew } from './confirmed-anew.js';
import { liftCommand } from './hold.js';
import { environmentOf, unknownName } from './known.js';
import { readLiveHere } from './live-here.js';
import { openSession, proposeRelease, type ReleaseChangeResult, type ReleaseSession } from './release-session.js';
import { type Before, stateToGoBackTo } from './rollback-target.js';

export interface RollbackOptions {
  readonly repo: string;
  readonly model: string;
  readonly environment: string;
  /** The version to go back to; what was live before unless given. */
  readonly to?: number;
  readonly merge: boolean;
  /** Records an approval by this name. */
  readonly approveAs?: string;
  readonly wallNow: () => number;
}

/**
 * Proposes that a release file says again what it said before: the content of an older commit, so a later edit of the same file can never
 * make it conflict, as a textual revert might in the worst moment. It asks for no gate, because what it asks for was asked for before, and for as many
 * approvals as the policy wants for going back: none where the policy cannot be read, since a broken document must not stand in the way.
 * What cannot serve is passed over: a version that is held (a hold that cannot be read is one), was rejected or was never live.
 * Errors: `release/refused` when there is nothing to go back to or it may not serve, `input/unknown-reference` where nothing was ever released, and those of `openSession`.
 */
export async function rollback(options: RollbackOptions): Promise<ReleaseChangeResult> {
  const { environment, model } = options;
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const path = releasePath(environment, model);
  const history = await releaseHistory(session.git.folder, session.main.commit, path);
  const { passed, target, wasLive } = await targetOf(session, history, options);
  const now = history.at(-1)!;
  const over = passed.map(({ version, why }) => `version ${version} ${why}`).join(', ');
  const heldAt = holdsIn(session, options);
  const held = passed.map(({ version }) => {
    const hold = heldAt(version);
    return hold === null ? '' : `\nVersion ${version} is held by ${hold.file}.`;
  });
  const title = `Roll ${model} in ${environment} back to version ${target.version}${over === '' ? '' : ` (${over})`}`;
  const result = await proposeRelease(session, {
    branch: `rollback/${environment}/${model}-v${target.version}`,
    title,
    message: `${title}\n\nThis takes back ${now.commit} (${now.subject}).${held.join('')}`,
    files: new Map([[path, target.text], ...(wasLive ? [] : await newTry(session, options, target.version))]),
    mustBeValid: false,
    ungated: `The release file says again what it said before. ${wasLive ? WAS_LIVE : BY_ITS_GATES}`,
    merge: options.merge,
    approvals: tierPolicy(session.main.workspace, environment, model)?.rollbackApprovals ?? 0,
    ...(options.approveAs === undefined ? {} : { approveAs: options.approveAs }),
  });
  const left = { environment, model, version: now.version };
  if (result.merged !== null) await closeWithdrawals(session, left, `Rolled back by #${result.number}.`);
  return result;
}

/** A version that was not live starts by its steps: what people confirmed of them was another time. */
async function newTry(session: ReleaseSession, { environment, model }: RollbackOptions, version: number) {
  const record = session.main.workspace.versions.get(model)?.get(version);
  return record ? confirmedAnew(session, environment, record.package.digest) : [];
}

const WAS_LIVE = 'That version was live here: going back asks for no gate.';
const BY_ITS_GATES =
  'A version that was not live here starts by its steps then, and only if its own gates passed: there is nothing else to gate.';

interface Target extends Pick<Before, 'passed'> {
  readonly target: ReleaseState;
  /** As far as manifests say. */
  readonly wasLive: boolean;
}

interface HeldVersion {
  readonly version: number;
  readonly why: string;
  readonly file: string;
}

async function targetOf(
  session: ReleaseSession,
  history: readonly ReleaseState[],
  options: RollbackOptions,
): Promise<Target> {
  const { environment, model, to } = options;
  const now = history.at(-1);
  if (!now) {
    const { releases } = environmentOf(session, environment);
    throw unknownName(model, `release in ${environment} of a model`, [...releases.keys()]);
  }
  const heldAt = holdsIn(session, options);
  const asked = [...new Set(history.map((state) => state.version))];
  const held = new Set(asked.filter((version) => heldAt(version) !== null));
  const live = await readLiveHere(session, options);
  const isOut = (version: number) => held.has(version) || (live?.rejected.has(version) ?? false);
  const others = asked.filter((version) => version !== now.version && !isOut(version));
  if (to !== undefined) {
    const target = history.findLast((state) => state.version === to);
    if (to === now.version) throw refused(options, `${environment} asks for version ${to} already`, { others });
    if (!target)
      throw refused(options, `${environment} never asked for version ${to} (${asked.join(', ')})`, { others });
    const hold = heldAt(to);
    if (hold !== null) throw refused(options, hold.why, { others, held: hold });
    if (isOut(to))
      throw refused(options, `version ${to} was rejected there, so it would not start`, { others, rejected: to });
    return { target, passed: [], wasLive: live?.wasLive.has(to) ?? false };
  }
  const { passed, target } = stateToGoBackTo(history, { held, live });
  if (target !== null) return { target, passed, wasLive: live?.wasLive.has(target.version) ?? false };
  if (passed.length === 0) throw refused(options, `nothing came before version ${now.version}`, { others });
  const why = passed.map((one) => heldAt(one.version)?.why ?? `version ${one.version} ${one.why}`).join('; ');
  const first = passed.map(({ version }) => heldAt(version)).find((one) => one !== null);
  throw refused(options, why, { others, ...(first ? { held: first } : {}) });
}

/** Why a version is held and by which file, or null. */
function holdsIn({ main }: ReleaseSession, { environment, model }: RollbackOptions) {
  const holds = holdsOf(main, environment, model);
  return (version: number): HeldVersion | null => {
    const digest = main.workspace.versions.get(model)?.get(version)?.package.digest ?? '';
    const found = holds.get(digest);
    if (!found) return null;
    const why = `version ${version} is held by ${found.by}: ${found.reason}`;
    return { version, why, file: holdPath(environment, digest) };
  };
}

interface Instead {
  /** Where it could go. */
  readonly others: readonly number[];
  /** What it would go to, were it not held, or not rejected. */
  readonly held?: HeldVersion;
  readonly rejected?: number;
}

function refused(options: RollbackOptions, why: string, { held, others, rejected }: Instead): SignalboxError {
  const { environment, model } = options;
  const lift = held
    ? ` To lift the hold (${held.file}): ${liftCommand({ environment, model, version: held.version })}`
    : '';
  const promote = `signalbox promote ${model} --env ${environment} --version`;
  const again = rejected === undefined ? '' : ` To try it again by its steps: ${promote} ${rejected} --re-promote`;
  const hint =
    others.length === 0
      ? `No other version that was asked for there is free of holds and rejections. To choose one freely: ${promote} <n>`
      : `It can go back to: ${others.map((version) => `--to ${version}`).join(', ')}.`;
  return new SignalboxError('release/refused', `${model} in ${environment} cannot be rolled back: ${why}`, {
    hint: `${hint}${lift}${again}`,
  });
}
