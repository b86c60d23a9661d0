import {
  type EnvironmentWorkspace,
  type Hold,
  type Model,
  type Release,
  type RolloutManifest,
  SignalboxError,
  type VersionRecord,
  type Workspace,
} from '@signalbox/contracts';
import { readFileAtCommit } from '../../forge/index.js';
import { REPROMOTE_TRAILER, repromotion } from '../branch/main-branch.js';
import { releaseHistory } from '../branch/release-history.js';
import { holdPath, refusedGate, releasePath } from '../desired/desired.js';
import { formerOf, wasLiveIn } from '../desired/former.js';
import { problemIn } from '../desired/head.js';
import { holdsOf } from '../desired/holds.js';
import { nullIfUnreadable } from '../null-if-unreadable.js';
import { endOfWay, levelFirst } from '../promotion/level.js';
import { lapsesAgainst, lapsesAgainstLive, standing } from '../waits/index.js';
import { closeWithdrawals } from '../withdrawal/index.js';
import { confirmedAnew } from './confirmed-anew.js';
import { known } from './known.js';
import { publishedHere } from './live-here.js';
import { editRelease, isKept } from './release-document.js';
import { openSession, proposeRelease, type ReleaseChangeResult, type ReleaseSession } from './release-session.js';

export interface PromoteOptions {
  readonly repo: string;
  readonly model: string;
  readonly environment: string;
  readonly version: number;
  /** The one of the release so far unless given; else the first that the policy allows. */
  readonly strategy?: string;
  readonly fallback?: number;
  readonly merge: boolean;
  /** Records an approval by this name. A local forge knows no accounts, so the name is what the caller says. */
  readonly approveAs?: string;
  /** Clears a rejection, and a hold, of this very package (refused where there is neither). */
  readonly rePromote: boolean;
  readonly wallNow: () => number;
}

/**
 * Proposes that an environment runs a version: one small pull request to one release file. A new try is confirmed anew: what was confirmed of an
 * earlier one, or of the stages of another strategy, goes. Nothing is pushed when it is refused.
 * Errors: `release/refused` with every reason, `input/unknown-reference`, those of `openSession`, and with `rePromote` those of reading what is
 * published.
 */
export async function promote(options: PromoteOptions): Promise<ReleaseChangeResult> {
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const facts = await gatherFacts(session, options);
  assertReadable(session, facts, options);
  assertPromotable(facts, options);
  const { environment, model, version } = options;
  const title = `${options.rePromote ? 'Promote again' : 'Promote'} ${model} version ${version} to ${environment}`;
  const trailer = `${REPROMOTE_TRAILER}: ${repromotion(environment, model, facts.record.package.digest)}`;
  const result = await proposeRelease(session, {
    branch: `${options.rePromote ? 'promote-again' : 'promote'}/${environment}/${model}-v${version}`,
    title,
    message: options.rePromote ? `${title}\n\n${trailer}` : title,
    files: filesOf(facts, options),
    about: [holdPath(environment, facts.record.package.digest)],
    mustBeValid: true,
    merge: options.merge,
    approvals: facts.approvals,
    ...(options.approveAs === undefined ? {} : { approveAs: options.approveAs }),
  });
  if (result.merged === null) return result;
  return { ...result, leftToDo: await closeWithdrawals(session, options, `Promoted again by #${result.number}.`) };
}

interface Facts {
  readonly workspace: Workspace;
  readonly settings: EnvironmentWorkspace;
  readonly card: Model;
  readonly record: VersionRecord;
  readonly strategy: string;
  readonly allowedStrategies: readonly string[];
  readonly approvals: number;
  readonly currentText: string | null;
  /** What that says, if only the name of a strategy that is not there. */
  readonly written: Release | undefined;
  /** The newest commit with a release file that can be read. */
  readonly lastReadable: string | null;
  /** Of this very package; one that cannot be read is one. */
  readonly hold: Hold | null;
  readonly confirmedAnew: readonly (readonly [string, null])[];
  /** Whether it was live there before; where what is published cannot be read, whether Git has asked for it. */
  readonly wasLive: boolean;
  /** What is published in the environment, by model; null where that cannot be read. */
  readonly published: ReadonlyMap<string, RolloutManifest> | null;
}

async function gatherFacts(session: ReleaseSession, options: PromoteOptions): Promise<Facts> {
  const { environment, model, version } = options;
  const { asWritten, commit, workspace } = session.main;
  const settings = known(workspace.environments, environment, 'environment');
  const card = known(workspace.models, model, 'model');
  const record = known(
    workspace.versions.get(model) ?? new Map<number, VersionRecord>(),
    version,
    `version of ${model}`,
  );
  const policy = known(workspace.policies, settings.environment.policy, 'policy');
  const tier = policy.tiers[card.riskTier];
  const path = releasePath(environment, model);
  const { digest } = record.package;
  const { folder } = session.git;
  const history = await releaseHistory(folder, commit, path);
  const hold = holdsOf(session.main, environment, model).get(digest) ?? null;
  const reading = publishedHere(session, options);
  // Whether there is a rejection to clear is said by nothing else.
  const here = await (options.rePromote && hold === null ? reading : reading.catch(nullIfUnreadable));
  return {
    workspace,
    settings,
    card,
    record,
    strategy: options.strategy ?? settings.releases.get(model)?.strategy ?? tier.strategies[0]!,
    allowedStrategies: tier.strategies,
    approvals: tier.approvals,
    currentText: await readFileAtCommit(folder, commit, path),
    written: (asWritten ?? workspace).environments.get(environment)?.releases.get(model),
    lastReadable: history.findLast(({ text }) => isKept(text))?.commit ?? null,
    hold,
    confirmedAnew: await confirmedAnew(session, environment, digest),
    wasLive: here
      ? wasLiveIn(await formerOf(here.store, here.manifests.get(model) ?? null), { version, digest })
      : history.some((state) => state.version === version),
    published: here?.manifests ?? null,
  };
}

/** A promotion edits the file: of what cannot be read it would drop segments and fallback, which are in force as they last could be read. */
function assertReadable({ main }: ReleaseSession, { currentText, lastReadable }: Facts, options: PromoteOptions): void {
  if (isKept(currentText)) return;
  const { environment, model, version } = options;
  const path = releasePath(environment, model);
  const message = `version ${version} of ${model} cannot be promoted to ${environment}: ${path} cannot be read, so the rest of it would be lost (${problemIn(main, path)})`;
  const mend = lastReadable === null ? '' : ` (git checkout ${lastReadable} -- ${path} brings what still stands of it)`;
  const hint = `Nothing was changed. Mend the file first${mend}. To go back, nothing needs mending: signalbox rollback ${model} --env ${environment}`;
  throw new SignalboxError('release/refused', message, { hint });
}

function isRejected({ published, record }: Facts, model: string): boolean {
  const rejected = published?.get(model)?.rollout.rejected ?? [];
  return rejected.some(({ digest }) => digest === record.package.digest);
}

/** Every reason against it, at once. */
function assertPromotable(facts: Facts, options: PromoteOptions): void {
  const gates = gateProblems(facts, options);
  const problems = [...gates, ...releaseProblems(facts, options)];
  if (problems.length === 0) return;
  const { environment, model, version } = options;
  const message = `version ${version} of ${model} cannot be promoted to ${environment}: ${problems.join('; ')}`;
  const hint = `Nothing was changed.${gates.length > 0 ? gateAgain(facts, options) : ''}`;
  throw new SignalboxError('release/refused', message, { hint });
}

/** A candidate is compared with what Git asks for: while that is not what is live, its verdict would be of no use here. */
function gateAgain(facts: Facts, { environment, model, version }: PromoteOptions): string {
  const { published, settings, workspace } = facts;
  const end = endOfWay({ workspace, environment, model });
  const level = levelFirst({ workspace, environment: end, model });
  if (level !== null && isGatedFor(end, facts, model))
    return ` ${level} Version ${version} was compared with what ${end} asks for, so it can be promoted then.`;
  const asked = settings.releases.get(model)?.version;
  const live = published?.get(model)?.champion ?? asked;
  const first =
    live === asked
      ? ''
      : ` It is compared with what Git asks for, version ${asked}: once that is live, or Git asks for version ${live} again (signalbox rollback ${model} --env ${environment} --to ${live}).`;
  return ` A version is gated once, so a new one is proposed: on a branch of its own change what the package is made of (another training.seed, newer data), commit, and signalbox propose ${model} --env ${end}.${level === null ? first : ` ${level}`}`;
}

function isGatedFor(environment: string, { record, workspace }: Facts, model: string): boolean {
  const asked = workspace.environments.get(environment)?.releases.get(model)?.version;
  const digest = workspace.versions.get(model)?.get(asked ?? 0)?.package.digest ?? null;
  const lapsed = lapsesAgainst(record, { environment, model, workspace, digest, said: '' });
  return digest !== null && refusedGate(record) === null && lapsed.length === 0;
}

function gateProblems(facts: Facts, options: PromoteOptions): readonly string[] {
  const asked = facts.settings.releases.get(options.model)?.version;
  const gate = refusedGate(facts.record);
  // As for the reconciler: a person says so of a version that failed.
  const isAgain = options.rePromote && isRejected(facts, options.model);
  return [
    ...(gate === null ? [] : [gate]),
    ...(asked === options.version || facts.wasLive || isAgain ? [] : lapses(facts, options)),
  ];
}

function releaseProblems(facts: Facts, options: PromoteOptions): readonly string[] {
  const { environment, model, version } = options;
  const { allowedStrategies, hold, strategy, workspace, written } = facts;
  const problems: string[] = [];
  if (hold && !options.rePromote)
    problems.push(`it is held by ${hold.by}: ${hold.reason} (--re-promote lifts the hold)`);
  if (options.rePromote && !hold && !isRejected(facts, model))
    problems.push(`it is neither held nor rejected in ${environment}, so there is nothing for --re-promote to clear`);
  if (!workspace.strategies.has(strategy)) problems.push(`there is no strategy "${strategy}"`);
  if (!allowedStrategies.includes(strategy)) {
    problems.push(
      `the policy does not allow strategy "${strategy}" for ${facts.card.riskTier} risk (it allows ${allowedStrategies.join(', ')})`,
    );
  }
  const same =
    written?.version === version &&
    written.strategy === strategy &&
    written.fallback?.version === (options.fallback ?? written.fallback?.version);
  if (same && !options.rePromote) {
    problems.push(`${environment} asks for it already (--re-promote tries a rejected version again)`);
  }
  return problems;
}

/** As the reconciler will ask: against what is live, not against what Git asks for, which may never come to be live; nothing of the first. */
function lapses({ published, record, settings, workspace }: Facts, { environment, model }: PromoteOptions) {
  const against = { environment, model, workspace };
  if (published !== null) {
    return standing({ model, published, record }) === 'new' ? lapsesAgainstLive(record, { ...against, published }) : [];
  }
  const asked = settings.releases.get(model)?.version;
  if (asked === undefined) return [];
  const digest = workspace.versions.get(model)?.get(asked)?.package.digest ?? null;
  return lapsesAgainst(record, { ...against, digest, said: `${environment} asks for version ${asked}` });
}

function filesOf(
  { confirmedAnew, currentText, hold, record, settings, strategy, workspace }: Facts,
  options: PromoteOptions,
): ReadonlyMap<string, string | null> {
  const { environment, model, version } = options;
  const fallback = options.fallback === undefined ? {} : { fallback: options.fallback };
  const files = new Map<string, string | null>();
  const asked = settings.releases.get(model);
  const isOther = asked?.version !== version;
  // Who competed did so against the version before, and competes only where the strategy has an experiment.
  const arms = isOther || workspace.strategies.get(strategy)?.experiment === undefined ? { arms: null } : {};
  files.set(releasePath(environment, model), editRelease(currentText, { version, strategy, ...fallback, ...arms }));
  const { digest } = record.package;
  if (options.rePromote && hold !== null) files.set(holdPath(environment, digest), null);
  const isNewTry = options.rePromote || isOther || asked.strategy !== strategy;
  return isNewTry ? new Map([...files, ...confirmedAnew]) : files;
}
