import { type Confirmation, formatWallSecond, SignalboxError, type Strategy } from '@signalbox/contracts';
import { approvalsToMoveOn } from '../desired/approvals.js';
import { holdPath, releasePath } from '../desired/desired.js';
import { confirmationPath } from '../desired/head.js';
import { nullIfUnreadable } from '../null-if-unreadable.js';
import { environmentOf, known } from './known.js';
import { publishedHere } from './live-here.js';
import { asProposed } from './open-proposals.js';
import { openSession, proposeRelease, type ReleaseChangeResult, type ReleaseSession } from './release-session.js';

export interface ConfirmOptions {
  readonly repo: string;
  readonly model: string;
  readonly environment: string;
  /** The stage that may begin; the first that is not confirmed yet unless given. */
  readonly stage?: string;
  readonly merge: boolean;
  readonly approveAs?: string;
  readonly wallNow: () => number;
}

/**
 * Proposes that the version which an environment asks for may enter a stage that its strategy lets wait for a person. As many people must agree
 * as to its promotion: it moves traffic. Errors: `release/refused` when nothing of it waits for anybody, `input/unknown-reference`, those of
 * `openSession`.
 */
export async function confirm(options: ConfirmOptions): Promise<ReleaseChangeResult> {
  const { environment, merge, model, wallNow } = options;
  const session = await openSession(options.repo, { wallNow });
  const asked = askedIn(session, options);
  const stage = (await isFirstOfLost(session, asked, options)) ? GOES_LIVE : stageOf(asked, options);
  const path = confirmationPath(environment, asked.digest);
  const branch = `confirm/${environment}/${model}-v${asked.version}-${stage}`;
  const stages = [...asked.confirmed, stage];
  const document: Confirmation = { model, stages, by: session.author.name, since: formatWallSecond(wallNow()) };
  const but = ['by', 'since'] as const;
  const title = `Confirm ${stage} of ${model} version ${asked.version} in ${environment}`;
  const messageOf = () => title;
  const approvals = approvalsToMoveOn(session.main.workspace, environment, model);
  // What was confirmed before it was promoted anew, or held, was another try.
  const about = [releasePath(environment, model), holdPath(environment, asked.digest)];
  const proposed = { branch, kind: 'confirmation', path, about, document, but, messageOf, approvals } as const;
  const { text } = await asProposed(session, proposed);
  return proposeRelease(session, {
    branch,
    title,
    message: title,
    files: new Map([[path, text]]),
    about,
    mustBeValid: true,
    merge,
    approvals,
    ...(options.approveAs === undefined ? {} : { approveAs: options.approveAs }),
  });
}

const GOES_LIVE = 'live';

/** Where nothing is published a person may have to say which version gets all units, whatever the strategy asks. */
async function isFirstOfLost(session: ReleaseSession, { confirmed }: Asked, options: ConfirmOptions): Promise<boolean> {
  if (options.stage !== GOES_LIVE || confirmed.includes(GOES_LIVE)) return false;
  const here = await publishedHere(session, options).catch(nullIfUnreadable);
  return here !== null && !here.manifests.has(options.model);
}

interface Asked {
  readonly version: number;
  readonly digest: string;
  readonly strategy: string;
  /** The stages that wait for a person, in the order of a rollout. */
  readonly waiting: readonly string[];
  readonly confirmed: readonly string[];
}

function askedIn(session: ReleaseSession, { environment, model }: ConfirmOptions): Asked {
  const { main } = session;
  const settings = environmentOf(session, environment);
  known(main.workspace.models, model, 'model');
  const release = settings.releases.get(model);
  const record = release && main.workspace.versions.get(model)?.get(release.version);
  if (!release || !record) {
    throw new SignalboxError(
      'input/unknown-reference',
      `the main branch asks for no version of ${model} in ${environment}`,
      {
        hint: 'A version is promoted first, then confirmed: signalbox promote',
      },
    );
  }
  const { strategy, version } = release;
  const { digest } = record.package;
  const confirmed = settings.confirmations.get(digest)?.stages ?? [];
  return { version, digest, strategy, waiting: inOrder(main.workspace.strategies.get(strategy)), confirmed };
}

const ORDER = ['shadow', 'canary', 'experiment', 'blue-green', 'live'];

/** In the order in which a rollout comes to them; canary steps by their number. */
function inOrder(strategy: Strategy | undefined): readonly string[] {
  const rank = (stage: string): number => {
    const [, name = stage, step = '0'] = /^(canary)-(\d+)$/.exec(stage) ?? [];
    return ORDER.indexOf(name) * 100 + Number(step);
  };
  return [...(strategy?.confirm ?? [])].sort((a, b) => rank(a) - rank(b));
}

function stageOf(
  { confirmed, strategy, version, waiting }: Asked,
  { environment, model, stage }: ConfirmOptions,
): string {
  const left = waiting.filter((one) => !confirmed.includes(one));
  const chosen = stage ?? left[0];
  if (chosen !== undefined && left.includes(chosen)) return chosen;
  const waits = waiting.length === 0 ? 'no stage' : waiting.join(', ');
  const what = `${model} version ${version} in ${environment}`;
  const why =
    left.length === 0 ? `strategy ${strategy} lets ${waits} wait for a person` : `what waits is ${left.join(', ')}`;
  const done = waiting.length > 0 && left.length === 0 ? ', and all of it is confirmed' : '';
  throw new SignalboxError(
    'release/refused',
    `${chosen === undefined ? `nothing of ${what} is to be` : `${chosen} of ${what} cannot be`} confirmed: ${why}${done}`,
    { hint: `What it waits for: signalbox status --env ${environment}` },
  );
}
