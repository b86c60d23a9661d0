import { formatWallSecond, type Hold, SignalboxError } from '@signalbox/contracts';
import { readFileAtCommit } from '../../forge/index.js';
import { approvalsToMoveOn } from '../desired/approvals.js';
import { holdPath } from '../desired/desired.js';
import { formerOf } from '../desired/former.js';
import { nullIfUnreadable } from '../null-if-unreadable.js';
import { confirmedAnew } from './confirmed-anew.js';
import { inWords } from './in-words.js';
import { environmentOf, known } from './known.js';
import { publishedHere } from './live-here.js';
import { asProposed } from './open-proposals.js';
import { openSession, proposeRelease, type ReleaseChangeResult, type ReleaseSession } from './release-session.js';

interface HoldAddress {
  readonly repo: string;
  readonly model: string;
  readonly environment: string;
  readonly version: number;
  readonly merge: boolean;
  readonly wallNow: () => number;
}

export interface HoldOptions extends HoldAddress {
  readonly reason: string;
}

export interface LiftOptions extends HoldAddress {
  /** Records an approval by this name. */
  readonly approveAs?: string;
}

/**
 * Proposes that a version gets no traffic in an environment, however it came there. Stopping asks for no approval; `liftHold` takes it
 * back. Errors: `input/unknown-reference`, `release/refused` when it is held already, those of `openSession`.
 */
export async function hold(options: HoldOptions): Promise<ReleaseChangeResult> {
  const { environment, model, reason, version } = options;
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const digest = await digestOf(session, options);
  const held = environmentOf(session, environment).holds.get(digest);
  if (held) {
    throw new SignalboxError('release/refused', `version ${version} is held already by ${held.by}: ${held.reason}`, {
      hint: `To end that: ${liftCommand(options)}`,
    });
  }
  const document: Hold = {
    model,
    reason,
    since: formatWallSecond(options.wallNow()),
    by: session.author.name,
  };
  const path = holdPath(environment, digest);
  const branch = `hold/${environment}/${model}-v${version}`;
  const but = ['by', 'since'] as const;
  const title = `Hold ${model} version ${version} in ${environment}`;
  const messageOf = ({ by }: Hold) => inWords(title, reason, by);
  const asked = { approvals: 0, ungated: 'It takes traffic from a version and gives none to any that has not served.' };
  const { document: said, text } = await asProposed(session, {
    ...{ branch, kind: 'hold', path, document, but, messageOf, ...asked },
  });
  return proposeRelease(session, {
    branch,
    title,
    message: messageOf(said),
    files: new Map([[path, text]]),
    mustBeValid: true,
    merge: options.merge,
    ...asked,
  });
}

/**
 * Proposes that a version is held no longer. What it stopped may go on then, so as many people must agree as to a promotion, and what was confirmed
 * before it was stopped is to be confirmed anew. A file that cannot be read holds as well, and is lifted as well. Errors: `input/unknown-reference`, `release/refused` when it is not held, those of `openSession`.
 */
export async function liftHold(options: LiftOptions): Promise<ReleaseChangeResult> {
  const { environment, model, version } = options;
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const named = await digestOf(session, options);
  const digest = await heldOf(session, options, named);
  if (digest === null) {
    throw new SignalboxError('release/refused', `version ${version} of ${model} is not held in ${environment}`, {
      hint: `There would be ${holdPath(environment, named)}. What keeps it out instead: signalbox status --env ${environment}`,
    });
  }
  const path = holdPath(environment, digest);
  const title = `Lift the hold on ${model} version ${version} in ${environment}`;
  return proposeRelease(session, {
    branch: `lift/${environment}/${model}-v${version}`,
    title,
    message: title,
    files: new Map([[path, null], ...(await confirmedAnew(session, environment, digest))]),
    mustBeValid: false,
    merge: options.merge,
    approvals: approvalsToMoveOn(session.main.workspace, environment, model),
    ...(options.approveAs === undefined ? {} : { approveAs: options.approveAs }),
  });
}

export const liftCommand = ({ environment, model, version }: Pick<HoldAddress, 'environment' | 'model' | 'version'>) =>
  `signalbox hold ${model} --version ${version} --env ${environment} --lift`;

/** Of the packages that the number has named here the one that is held: what ran may be gone by now, and its record say another one. */
async function heldOf(session: ReleaseSession, options: HoldAddress, named: string): Promise<string | null> {
  const { environment, model, version } = options;
  const { git, main } = session;
  const isHeld = async (digest: string) =>
    (await readFileAtCommit(git.folder, main.commit, holdPath(environment, digest))) !== null;
  if (await isHeld(named)) return named;
  const here = await publishedHere(session, options).catch(nullIfUnreadable);
  const { manifests } = here ? await formerOf(here.store, here.manifests.get(model) ?? null) : { manifests: [] };
  const ran = manifests.flatMap(({ packages }) => packages.filter((one) => one.version === version));
  const recorded = main.workspace.versions.get(model)?.get(version)?.package.digest ?? named;
  for (const digest of new Set([recorded, ...ran.map((one) => one.digest)])) if (await isHeld(digest)) return digest;
  return null;
}

/** What runs by the number, whatever became of its record; where nothing does, or nobody can tell, what the record names. */
async function digestOf(session: ReleaseSession, options: HoldAddress): Promise<string> {
  const { environment, model, version } = options;
  const { models, versions } = session.main.workspace;
  environmentOf(session, environment);
  // A card that cannot be read must not keep anybody from stopping a version.
  if (!versions.has(model)) known(models, model, 'model');
  const here = await publishedHere(session, options).catch(nullIfUnreadable);
  const running = here?.manifests.get(model)?.packages.find((one) => one.version === version);
  if (running !== undefined) return running.digest;
  return known(versions.get(model) ?? new Map(), version, `version of ${model}`).package.digest;
}
