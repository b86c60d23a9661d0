import { type ReleaseState, releaseHistory } from '../branch/release-history.js';
import { approvalsToMoveOn } from '../desired/approvals.js';
import { holdPath, releasePath } from '../desired/desired.js';
import { holdsOf } from '../desired/holds.js';
import { tierPolicy } from '../desired/tier-policy.js';
import { closeWithdrawals } from '../withdrawal/index.js';
import { confirmedAnew } from './confirmed-anew.js';
import { environmentOf, unknownName } from './known.js';
import { readLiveHere } from './live-here.js';
import { openSession, proposeRelease, type ReleaseChangeResult, type ReleaseSession } from './release-session.js';
import { byGitAlone, type HeldVersion, refused, refusedUnderWay } from './rollback-refusal.js';
import {
  type Before,
  comesForward,
  isLoaded,
  type LiveHere,
  returnUnderWay,
  type Standing,
  standingOf,
  stateToGoBackTo,
} from './rollback-target.js';

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
 * approvals as the policy wants for going back: none where the policy cannot be read, since a broken document must not stand in the way. What is no way
 * back asks for as many as its promotion, and is kept from being merged by whatever keeps a promotion.
 * What cannot serve is passed over: a version that is held (a hold that cannot be read is one), was rejected or was never live.
 * Errors: `release/refused` when there is nothing to go back to, it may not serve, or a return is under way and no version is named; `input/unknown-reference` where nothing was ever released, and those of `openSession`.
 */
export async function rollback(options: RollbackOptions): Promise<ReleaseChangeResult> {
  const { environment, model } = options;
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const path = releasePath(environment, model);
  const read = await readLiveHere(session, options);
  const published = typeof read === 'string' ? [] : read.commits;
  const history = await releaseHistory(session.place.repository, { head: session.main.commit, published }, path);
  const { live, others, passed, target, unread } = targetOf(session, { history, read }, options);
  const now = history.at(-1)!;
  const { version } = target;
  const standing = standingOf(version, history, live);
  const title = titleOf(options, { passed, standing, version });
  const result = await proposeRelease(session, {
    branch: `rollback/${environment}/${model}-v${version}`,
    title,
    message: `${title}\n\nThis takes back ${now.commit} (${now.subject}).${heldOf(session, options, passed)}`,
    files: new Map([[path, target.text], ...(isLoaded(version, live) ? [] : await newTry(session, options, version))]),
    about: holdOf(session, options, version),
    mustBeValid: false,
    merge: options.merge,
    approvals: approvalsFor(standing, session, options),
    ...(standing === 'way back' ? { ungated: ungated(live?.wasLive.has(version) ?? false) } : {}),
    ...(unread === null ? {} : { caution: cautionOf(options, { others, unread }) }),
    ...(options.approveAs === undefined ? {} : { approveAs: options.approveAs }),
  });
  const left = { environment, model, version: now.version };
  if (result.merged === null) return result;
  return { ...result, leftToDo: await closeWithdrawals(session, left, `Rolled back by #${result.number}.`) };
}

function cautionOf(
  options: RollbackOptions,
  { others, unread }: { readonly unread: string; readonly others: readonly number[] },
): string {
  const { environment, to } = options;
  const said = byGitAlone(options, unread);
  const look = `\`signalbox status --env ${environment}\` says what that is where the artifact store can be read`;
  return to === undefined ? `${said} ${look}; then name the version: --to ${others.join(' or ')}.` : `${said} ${look}.`;
}

interface Change extends Pick<Before, 'passed'> {
  readonly version: number;
  readonly standing: Standing;
}

function titleOf({ environment, model }: RollbackOptions, { passed, standing, version }: Change): string {
  if (standing !== 'way back') {
    const why = standing === 'left' ? 'was left' : 'was never live';
    return `Bring ${model} in ${environment} forward to version ${version} again (it ${why}, so as many must agree as to its promotion)`;
  }
  const over = passed.map((one) => `version ${one.version} ${one.why}`).join(', ');
  return `Roll ${model} in ${environment} back to version ${version}${over === '' ? '' : ` (${over})`}`;
}

function heldOf(session: ReleaseSession, options: RollbackOptions, passed: Before['passed']): string {
  const heldAt = holdsIn(session, options);
  return passed
    .map(({ version }) => {
      const hold = heldAt(version);
      return hold === null ? '' : `\nVersion ${version} is held by ${hold.file}.`;
    })
    .join('');
}

/** A version that comes forward moves on by a rollback as by a promotion, so it is agreed to as one. */
function approvalsFor(
  standing: Standing,
  { main: { workspace } }: ReleaseSession,
  { environment, model }: RollbackOptions,
): number {
  const back = tierPolicy(workspace, environment, model)?.rollbackApprovals ?? 0;
  return standing === 'way back' ? back : Math.max(back, approvalsToMoveOn(workspace, environment, model));
}

/** A version that is not loaded starts by its steps: what people confirmed of them was another time. */
async function newTry(session: ReleaseSession, { environment, model }: RollbackOptions, version: number) {
  const record = session.main.workspace.versions.get(model)?.get(version);
  return record ? confirmedAnew(session, environment, record.package.digest) : [];
}

/** Who agreed before it was held agreed to another version. */
function holdOf({ main }: ReleaseSession, { environment, model }: RollbackOptions, version: number): readonly string[] {
  const record = main.workspace.versions.get(model)?.get(version);
  return record ? [holdPath(environment, record.package.digest)] : [];
}

const ungated = (wasLive: boolean): string =>
  `The release file says again what it said before. ${wasLive ? WAS_LIVE : BY_ITS_GATES}`;
const WAS_LIVE = 'That version was live here: going back asks for no gate.';
const BY_ITS_GATES =
  'A version that was not live here starts by its steps then, and only if its own gates passed: there is nothing else to gate.';

interface Target extends Pick<Before, 'passed'> {
  readonly target: ReleaseState;
  /** Null where nobody can say. */
  readonly live: LiveHere | null;
  /** Why nobody can; null: somebody can. */
  readonly unread: string | null;
  /** What else was asked for and may serve, as far as is known. */
  readonly others: readonly number[];
}

function targetOf(
  session: ReleaseSession,
  { history, read }: { readonly history: readonly ReleaseState[]; readonly read: LiveHere | string },
  options: RollbackOptions,
): Target {
  const { environment, model, to } = options;
  const now = history.at(-1);
  if (!now) {
    const { releases } = environmentOf(session, environment);
    throw unknownName(model, `release in ${environment} of a model`, [...releases.keys()]);
  }
  const heldAt = holdsIn(session, options);
  const asked = [...new Set(history.map((state) => state.version))];
  const held = new Set(asked.filter((version) => heldAt(version) !== null));
  const [live, unread] = typeof read === 'string' ? [null, read] : [read, null];
  const isOut = (version: number) => held.has(version) || (live?.rejected.has(version) ?? false);
  const others = asked.filter((version) => version !== now.version && !isOut(version));
  const forward = new Map(others.map((version) => [version, comesForward(version, history, live)]));
  const ways = { others: forward, unread };
  if (to !== undefined) {
    const target = history.findLast((state) => state.version === to);
    if (to === now.version) throw refused(options, `${environment} asks for version ${to} already`, ways);
    if (!target) throw refused(options, `${environment} never asked for version ${to} (${asked.join(', ')})`, ways);
    const hold = heldAt(to);
    if (hold !== null) throw refused(options, hold.why, { ...ways, held: hold });
    if (isOut(to))
      throw refused(options, `version ${to} was rejected there, so it would not start`, { ...ways, rejected: to });
    return { target, passed: [], live, unread, others };
  }
  const underWay = returnUnderWay(history, { held, live });
  if (underWay !== null) throw refusedUnderWay(options, underWay, others);
  const { passed, target } = stateToGoBackTo(history, { held, live });
  if (target !== null) return { target, passed, live, unread, others };
  if (passed.length === 0) throw refused(options, `nothing came before version ${now.version}`, ways);
  const why = passed.map((one) => heldAt(one.version)?.why ?? `version ${one.version} ${one.why}`).join('; ');
  const first = passed.map(({ version }) => heldAt(version)).find((one) => one !== null);
  throw refused(options, why, { ...ways, ...(first ? { held: first } : {}) });
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
