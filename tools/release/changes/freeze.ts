import {
  type Freeze,
  formatInstant,
  isSignalboxError,
  parseDurationUs,
  parseInstantUs,
  placeOf,
  SignalboxError,
  US_PER_SECOND,
} from '@signalbox/contracts';
import { readFileAtCommit } from '../../forge/index.js';
import { approvalsToMoveOn } from '../desired/approvals.js';
import { brokenReleases, problemIn } from '../desired/head.js';
import { inWords } from './in-words.js';
import { environmentOf } from './known.js';
import { asProposed } from './open-proposals.js';
import { openSession, proposeRelease, type ReleaseChangeResult, type ReleaseSession } from './release-session.js';

interface FreezeAddress {
  readonly repo: string;
  readonly environment: string;
  readonly merge: boolean;
  readonly wallNow: () => number;
}

export interface FreezeOptions extends FreezeAddress {
  /** Its file name; unless given that of the freeze of the same models which is in force and was named by the same day, else a free one by its first day. */
  readonly name?: string;
  /** When it begins; now unless given. */
  readonly from?: string;
  /** When it ends: a moment, or a duration from its beginning, such as `3d`. */
  readonly until: string;
  readonly reason: string;
  /** Only these; the whole environment when empty. */
  readonly models: readonly string[];
}

export interface ThawOptions extends FreezeAddress {
  readonly name: string;
  readonly approveAs?: string;
}

export const freezePath = (environment: string, name: string): string => `releases/${environment}/freezes/${name}.yaml`;

/**
 * Proposes a time in which nothing starts or moves on in an environment; going back stays possible. Stopping asks for no approval.
 * Errors: `input/bad-argument` for moments that are none or in the wrong order, `input/invalid-documents` for an unknown model, `release/refused` for a name that is taken, `input/unknown-reference`, those of `openSession`.
 */
export async function freeze(options: FreezeOptions): Promise<ReleaseChangeResult> {
  const { environment, merge, reason, wallNow } = options;
  const { models } = options;
  const times = timesOf(options);
  if (options.name !== undefined) assertName(environment, options.name);
  const session = await openSession(options.repo, { wallNow });
  const name = options.name ?? nameFor(session, times.from, options);
  const taken = environmentOf(session, environment).freezes.get(name);
  if (taken) assertExtends(taken, times.to, { ...options, name });
  else assertNotTorn(session, environment, name);
  const of = models.length === 0 ? {} : { models: [...models] };
  const from = taken?.from ?? times.from;
  const document: Freeze = { reason, from, to: times.to, by: session.author.name, ...of };
  const whom = models.length === 0 ? environment : `${models.join(', ')} in ${environment}`;
  const titleOf = ({ to }: Freeze) =>
    taken ? `Extend the freeze ${name} of ${whom} from ${taken.to} to ${to}` : `Freeze ${whom} until ${to}`;
  const messageOf = (one: Freeze) =>
    `${inWords(titleOf(one), reason, one.by)}${isFromNow(options) ? `\n\n${askedFor(options)}` : ''}`;
  const change = { name, isTaken: taken !== undefined, messageOf };
  const proposed = await asProposedFreeze(session, document, { ...options, ...change });
  return proposeRelease(session, {
    branch: freezeBranch(environment, name),
    title: titleOf(proposed.document),
    message: messageOf(proposed.document),
    files: new Map([[freezePath(environment, name), proposed.text]]),
    mustBeValid: true,
    merge,
    ...ASKED,
  });
}

const ASKED = { approvals: 0, ungated: 'It keeps rollouts from moving on, and moves none.' };

const freezeBranch = (environment: string, name: string): string => `freeze/${environment}/${name}`;

interface FreezeChange extends FreezeOptions {
  readonly name: string;
  readonly isTaken: boolean;
  readonly messageOf: (document: Freeze) => string;
}

/** How much of what was asked for may have passed since: a freeze that is merged as it was proposed ends that much earlier. */
const MAX_PASSED = 0.1;

/** As an open proposal has it that began and will end at other moments only because it was asked for a little earlier. */
async function asProposedFreeze(session: ReleaseSession, document: Freeze, change: FreezeChange) {
  const { environment, isTaken, messageOf, name, wallNow } = change;
  const but: (keyof Freeze)[] = ['by'];
  if (change.from === undefined && !isTaken) but.push('from');
  if (isFromNow(change)) but.push('to');
  const endUs = parseInstantUs(document.to);
  const maxPassedUs = MAX_PASSED * (endUs - wallNow() * 1000);
  const isStill = ({ from, to }: Freeze): boolean => {
    const passedUs = endUs - parseInstantUs(to);
    return parseInstantUs(from) <= parseInstantUs(document.from) && passedUs >= 0 && passedUs <= maxPassedUs;
  };
  const [branch, path] = [freezeBranch(environment, name), freezePath(environment, name)];
  return asProposed(session, { branch, kind: 'freeze', path, document, but, messageOf, isStill, ...ASKED });
}

const isDuration = (until: string): boolean => /^[0-9]+[a-z]+$/.test(until);

/** Both of its ends, or the later one, depend on when it is asked for. */
const isFromNow = ({ from, until }: Pick<FreezeOptions, 'from' | 'until'>): boolean =>
  from === undefined && isDuration(until);

/** By it the message tells for how long it was asked, which the moments of an extension do not. */
const askedFor = ({ until }: Pick<FreezeOptions, 'until'>): string => `It was asked for ${until} from then on.`;

/**
 * Proposes that a freeze ends now. What it stopped goes on then, so as many people must agree as to a promotion of the most careful of its
 * models. Errors: `input/unknown-reference` for a freeze that is not there, those of `openSession`.
 */
export async function thaw({ environment, merge, name, ...options }: ThawOptions): Promise<ReleaseChangeResult> {
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const settings = environmentOf(session, environment);
  const frozen = settings.freezes.get(name) ?? (await unreadableFreeze(session, environment, name));
  if (!frozen) {
    throw new SignalboxError('input/unknown-reference', `${environment} has no freeze "${name}"`, {
      hint: `It has: ${[...settings.freezes.keys()].join(', ') || 'none'}.`,
    });
  }
  const models = frozen.models ?? [...settings.releases.keys(), ...brokenReleases(session.main, environment)];
  const asked = models.map((model) => approvalsToMoveOn(session.main.workspace, environment, model));
  const title = `Lift the freeze ${name} of ${environment}`;
  return proposeRelease(session, {
    branch: `thaw/${environment}/${name}`,
    title,
    message: inWords(title, `It was to stand until ${frozen.to}: ${frozen.reason}`, session.author.name),
    files: new Map([[freezePath(environment, name), null]]),
    mustBeValid: false,
    merge,
    approvals: Math.max(0, ...asked),
    ...(options.approveAs === undefined ? {} : { approveAs: options.approveAs }),
  });
}

/** One that cannot be read stops everything, and must be able to end all the same. Null: there is no such file. */
async function unreadableFreeze(
  { git, main }: ReleaseSession,
  environment: string,
  name: string,
): Promise<Pick<Freeze, 'models' | 'reason' | 'to'> | null> {
  assertName(environment, name);
  const path = freezePath(environment, name);
  if ((await readFileAtCommit(git.folder, main.commit, path)) === null) return null;
  return { to: 'nobody knows when', reason: `${path} cannot be read, so it stopped everything, and is deleted` };
}

/**
 * Whose incident it is knows of no other freeze: only what stops the same models now is extended without being named. One that ended, is still to come,
 * stops others or cannot be read keeps its name to itself.
 */
function nameFor(session: ReleaseSession, from: string, options: FreezeOptions): string {
  const { freezes } = environmentOf(session, options.environment);
  const nowUs = options.wallNow() * 1000;
  const base = `freeze-${from.slice(0, 10)}`;
  const isOfTheDay = (name: string) => name === base || /^-[0-9]+$/.test(name.replace(base, ''));
  const isInForce = (one: Freeze) => parseInstantUs(one.from) <= nowUs && nowUs < parseInstantUs(one.to);
  const extended = [...freezes].find(([name, one]) => isOfTheDay(name) && isInForce(one) && isOfSame(one, options));
  if (extended && options.from === undefined) return extended[0];
  let name = base;
  for (let n = 2; freezes.has(name) || isTorn(session, options.environment, name); n += 1) name = `${base}-${n}`;
  return name;
}

const isOfSame = (one: Freeze, { models }: Pick<FreezeOptions, 'models'>): boolean =>
  [...(one.models ?? [])].sort().join() === [...models].sort().join();

const isTorn = ({ main }: ReleaseSession, environment: string, name: string): boolean =>
  problemIn(main, freezePath(environment, name)) !== null;

/** One that cannot be read stops everything until it is lifted, which as many people must agree to as the rest says: writing over it would lift it. */
function assertNotTorn(session: ReleaseSession, environment: string, name: string): void {
  if (!isTorn(session, environment, name)) return;
  const problem = problemIn(session.main, freezePath(environment, name));
  throw new SignalboxError(
    'release/refused',
    `the freeze "${name}" of ${environment} cannot be read, so it stops everything already: ${problem}`,
    { hint: `${ANOTHER_NAME} To end this one: ${liftCommand(environment, name)}` },
  );
}

const ANOTHER_NAME = 'Give another freeze another name (--name), or none.';
const liftCommand = (environment: string, name: string): string =>
  `signalbox freeze --env ${environment} --lift ${name}`;

/** The same name again is the same freeze of the same models with a later end; since when it stops them stays as it is. */
function assertExtends(taken: Freeze, to: string, options: FreezeOptions & { readonly name: string }): void {
  const { environment, from, name } = options;
  const isLonger = parseInstantUs(to) > parseInstantUs(taken.to);
  const isSame = isOfSame(taken, options);
  if (isLonger && isSame && from === undefined) return;
  const whom = taken.models === undefined ? 'all models' : `only ${taken.models.join(', ')}`;
  const of = taken.models === undefined ? 'no --models' : `--models ${taken.models.join(',')}`;
  throw new SignalboxError(
    'release/refused',
    `${environment} has a freeze "${name}" already, until ${taken.to}${isSame ? '' : `, and it stops ${whom}`}`,
    {
      hint: `To extend it, give the same name, ${of}, a later --until and no --from. ${ANOTHER_NAME} To end this one: ${liftCommand(environment, name)}`,
    },
  );
}

function timesOf({ from, until, wallNow }: FreezeOptions): { readonly from: string; readonly to: string } {
  const startUs = from === undefined ? Math.floor(wallNow() / 1000) * US_PER_SECOND : parseInstantUs(from);
  const endUs = isDuration(until) ? startUs + durationOf(until) : parseInstantUs(until);
  if (endUs <= startUs) {
    throw new SignalboxError('input/bad-argument', `the freeze would end at ${until}, which is not after its start`, {
      hint: 'Say a later end, such as --until 3d, or an earlier beginning with --from.',
    });
  }
  return { from: formatInstant(startUs), to: formatInstant(endUs) };
}

/** Who writes an unknown unit may not know that a moment is possible as well. */
function durationOf(until: string): number {
  try {
    return parseDurationUs(until);
  } catch (cause) {
    if (!isSignalboxError(cause)) throw cause;
    const hint = `${cause.hint ?? ''} Or say the moment at which it ends, such as 2026-12-01T06:00:00Z or 2026-12-01.`;
    throw new SignalboxError(cause.code, cause.message, { cause, hint: hint.trim() });
  }
}

/** It becomes the name of a file and of a branch. */
function assertName(environment: string, name: string): void {
  const place = placeOf(freezePath(environment, name));
  if (place.is === 'document' && place.kind === 'freeze') return;
  throw new SignalboxError('input/bad-argument', `expected the name of a freeze, got "${name}"`, {
    hint: 'Lower-case letters, digits, "-" and "_", such as stocktaking-2026.',
  });
}
