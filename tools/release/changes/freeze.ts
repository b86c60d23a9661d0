import {
  type EnvironmentWorkspace,
  type Freeze,
  formatInstant,
  parseDurationUs,
  parseInstantUs,
  placeOf,
  SignalboxError,
  US_PER_SECOND,
} from '@signalbox/contracts';
import { stringify } from 'yaml';
import { tierPolicy } from '../desired/tier-policy.js';
import { openSession, proposeRelease, type ReleaseChangeResult, type ReleaseSession } from './release-session.js';

interface FreezeAddress {
  readonly repo: string;
  readonly environment: string;
  readonly merge: boolean;
  readonly wallNow: () => number;
}

export interface FreezeOptions extends FreezeAddress {
  /** Its file name; from its first day unless given. */
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
  const { environment, merge, models, reason, wallNow } = options;
  const { from, to } = timesOf(options);
  const name = options.name ?? `freeze-${from.slice(0, 10)}`;
  assertName(environment, name);
  const session = await openSession(options.repo, { wallNow });
  const { freezes } = environmentOf(session, environment);
  const taken = freezes.get(name);
  if (taken) {
    throw new SignalboxError('release/refused', `${environment} has a freeze "${name}" already, until ${taken.to}`, {
      hint: `Give this one another name (--name), or end that one: signalbox freeze --env ${environment} --lift ${name}`,
    });
  }
  const of = models.length === 0 ? {} : { models: [...models] };
  const document: Freeze = { reason, from, to, by: session.author.name, ...of };
  const title = `Freeze ${models.length === 0 ? environment : `${models.join(', ')} in ${environment}`} until ${to}`;
  return proposeRelease(session, {
    branch: `freeze/${environment}/${name}`,
    title,
    message: `${title}\n\n${reason}`,
    files: new Map([[freezePath(environment, name), stringify(document)]]),
    mustBeValid: true,
    merge,
    approvals: 0,
    ungated: 'It keeps rollouts from moving on, and moves none.',
  });
}

/**
 * Proposes that a freeze ends now. What it stopped goes on then, so as many people must agree as to a promotion of the most careful of its
 * models. Errors: `input/unknown-reference` for a freeze that is not there, those of `openSession`.
 */
export async function thaw({ environment, merge, name, ...options }: ThawOptions): Promise<ReleaseChangeResult> {
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const settings = environmentOf(session, environment);
  const frozen = settings.freezes.get(name);
  if (!frozen) {
    throw new SignalboxError('input/unknown-reference', `${environment} has no freeze "${name}"`, {
      hint: `It has: ${[...settings.freezes.keys()].join(', ') || 'none'}.`,
    });
  }
  const models = frozen.models ?? [...settings.releases.keys()];
  const asked = models.map((model) => tierPolicy(session.main.workspace, environment, model)?.approvals ?? 0);
  const title = `Lift the freeze ${name} of ${environment}`;
  return proposeRelease(session, {
    branch: `thaw/${environment}/${name}`,
    title,
    message: `${title}\n\nIt was to stand until ${frozen.to}: ${frozen.reason}`,
    files: new Map([[freezePath(environment, name), null]]),
    mustBeValid: false,
    merge,
    approvals: Math.max(0, ...asked),
    ...(options.approveAs === undefined ? {} : { approveAs: options.approveAs }),
  });
}

function timesOf({ from, until, wallNow }: FreezeOptions): { readonly from: string; readonly to: string } {
  const startUs = from === undefined ? Math.floor(wallNow() / 1000) * US_PER_SECOND : parseInstantUs(from);
  const isDuration = /^[0-9]+[a-z]+$/.test(until);
  const endUs = isDuration ? startUs + parseDurationUs(until) : parseInstantUs(until);
  if (endUs <= startUs) {
    throw new SignalboxError('input/bad-argument', `the freeze would end at ${until}, which is not after its start`, {
      hint: 'Say a later end, such as --until 3d, or an earlier beginning with --from.',
    });
  }
  return { from: formatInstant(startUs), to: formatInstant(endUs) };
}

/** It becomes the name of a file and of a branch. */
function assertName(environment: string, name: string): void {
  const place = placeOf(freezePath(environment, name));
  if (place.is === 'document' && place.kind === 'freeze') return;
  throw new SignalboxError('input/bad-argument', `expected the name of a freeze, got "${name}"`, {
    hint: 'Lower-case letters, digits, "-" and "_", such as stocktaking-2026.',
  });
}

function environmentOf({ main }: ReleaseSession, environment: string): EnvironmentWorkspace {
  const found = main.workspace.environments.get(environment);
  if (found) return found;
  throw new SignalboxError('input/unknown-reference', `the main branch has no environment "${environment}"`, {
    hint: `It has: ${[...main.workspace.environments.keys()].join(', ') || 'none'}.`,
  });
}
