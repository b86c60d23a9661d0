import { formatWallSecond, type Hold, type RolloutDecision, US_PER_MS, visible } from '@signalbox/contracts';
import { stringify } from 'yaml';
import { BOT, flatBranch } from '../../forge/index.js';
import type { BotRequest } from '../bots/requests.js';
import type { ReleaseState } from '../branch/release-history.js';
import { editRelease } from '../changes/release-document.js';
import { type Head, holdPath, releasePath } from '../desired/desired.js';
import { reasonOf, type TakenBack } from './taken-back.js';
import { withdrawalBody } from './withdrawal-body.js';

export interface WithdrawalFacts {
  readonly taken: TakenBack;
  readonly head: Head;
  /** Of the release file, on the main branch, oldest first. */
  readonly history: readonly ReleaseState[];
  /** How it came about, newest first; empty when the store has no record of it. */
  readonly decisions: readonly RolloutDecision[];
}

/** The first name of its branch; a second withdrawal of the same version adds its serial, or the commit that it stands on. */
export function withdrawalBranch(environment: string, model: string, version: number): string {
  return `${withdrawalPrefix(environment, model)}${version}`;
}

/** Whether a branch is that of a withdrawal of this model, of whatever version. */
export const isWithdrawalOf = (name: string, environment: string, model: string): boolean =>
  beginsWith(name, withdrawalPrefix(environment, model)) !== null;

const withdrawalPrefix = (environment: string, model: string): string => `withdraw/${environment}/${model}-v`;

/** Whether a branch is one of those names. */
export function isWithdrawalBranch(name: string, first: string): boolean {
  return /^(-[0-9a-f]+)?$/.test(beginsWith(name, first) ?? 'another');
}

/** What follows, with folders or without; null: it begins otherwise. */
function beginsWith(name: string, first: string): string | null {
  const found = [first, flatBranch(first)].find((one) => name.startsWith(one));
  return found === undefined ? null : name.slice(found.length);
}

function branchesOf({ cause, manifest: { environment, model }, since, version }: TakenBack): readonly string[] {
  const first = withdrawalBranch(environment, model, version);
  return [first, `${first}-${cause.is === 'rejected' ? since : cause.emergency.atMs}`];
}

/** By what commit, title or body of a request it is known which rejection or emergency they are about. */
export function markOf({ cause, champion, digest, manifest: { environment, model }, since }: TakenBack): string {
  const which = cause.is === 'rejected' ? `serial ${since}` : emergencyMark(cause.emergency, champion.version);
  return `Withdraws: ${environment}/${model}@${digest} ${which}`;
}

/** An emergency and what serves by it, since a hold may lead from that to another version: then a request for the first one would end nothing. */
export const emergencyMark = ({ atMs }: { readonly atMs: number }, champion: number): string =>
  `emergency of ${new Date(atMs).toISOString()} in which version ${champion} serves`;

/** The mark of the emergency that the body of a request says it is about; null: of none of this model. */
export function emergencyIn(
  body: string,
  { environment, model }: { readonly environment: string; readonly model: string },
): string | null {
  // The last one is the mark: a reason before it may hold any words.
  const [said = ''] = body.split(`Withdraws: ${environment}/${model}@`).slice(1).slice(-1);
  return /^\S+ (emergency of .+?)(?: -->)?$/m.exec(said)?.[1] ?? null;
}

/**
 * The revert of the release file to what serves. What was rejected is held as well; what an emergency took out is not, because nothing was shown
 * against it. Where another arm won the experiment, that one is proposed. Pure.
 */
export function planWithdrawal(facts: WithdrawalFacts): BotRequest {
  const { decisions, taken } = facts;
  const { manifest, version } = taken;
  const { environment, model } = manifest;
  const winner = winnerOf(facts);
  const next = winner ?? taken.champion.version;
  const release = winner === null ? revertedRelease(facts) : releaseOf(facts, winner);
  const files = new Map([
    ...holdFile(facts),
    ...(release === null ? [] : [[releasePath(environment, model), release] as const]),
  ]);
  const title = `Withdraw ${model} version ${version} from ${environment}${winner === null ? '' : `, for version ${winner}`}`;
  const mark = markOf(taken);
  const serves = `Version ${taken.champion.version} serves; version ${version} gets no traffic already.`;
  const body = withdrawalBody({ taken, decisions, next: release === null ? null : next });
  return {
    branches: branchesOf(taken),
    title,
    mark,
    message: `${title}\n\n${oneLine(reasonOf(taken))}\n\n${serves}\n\n${mark}\n`,
    body: `${body}\n\n<!-- ${mark} -->\n`,
    files,
  };
}

/** The version that won the experiment instead, unless main has no record of it any more. */
export function winnerOf({ head, taken: { cause, manifest } }: Pick<WithdrawalFacts, 'head' | 'taken'>): number | null {
  const winner = cause.is === 'rejected' ? cause.rejection.winner : undefined;
  if (winner === undefined || !head.workspace.versions.get(manifest.model)?.has(winner)) return null;
  return winner;
}

function holdFile(facts: WithdrawalFacts): readonly (readonly [string, string])[] {
  const { taken } = facts;
  // Who lost an experiment was found no better, not bad: an experiment of another kind may take it again.
  if (taken.cause.is === 'emergency' || taken.cause.rejection.winner !== undefined) return [];
  const hold: Hold = {
    model: taken.manifest.model,
    reason: oneLine(reasonOf(taken)),
    since: formatWallSecond(rejectedAtMs(facts)),
    by: BOT.name,
  };
  return [[holdPath(taken.manifest.environment, taken.digest), stringify(hold)]];
}

/** What the release file said when it last asked for what serves now; null when main has no record of that version any more. */
function revertedRelease(facts: WithdrawalFacts): string | null {
  const { head, history, taken } = facts;
  const { champion, manifest } = taken;
  // Whatever the record says by now: what is published stands.
  if (!head.workspace.versions.get(manifest.model)?.has(champion.version)) return null;
  const before = history.findLast(({ version }) => version === champion.version);
  return before ? before.text : releaseOf(facts, champion.version);
}

/** The release file as it is, with another version. */
function releaseOf({ head, history, taken: { manifest } }: WithdrawalFacts, version: number): string {
  const release = head.workspace.environments.get(manifest.environment)!.releases.get(manifest.model)!;
  const { fallback, strategy } = release;
  // A version is not its own fallback.
  const dropped = fallback?.version === version ? { fallback: null } : {};
  return editRelease(history.at(-1)?.text ?? null, { version, strategy, arms: null, ...dropped });
}

/** As the manifest says where no decision is kept: what the request says must be the same in every pass, or the bot never merges it. */
function rejectedAtMs({ decisions, taken }: WithdrawalFacts): number {
  const decided = decisions.find(({ manifest }) => manifest.serial === taken.since);
  return decided?.decidedAtMs ?? Math.floor(taken.manifest.rollout.enteredAt / US_PER_MS);
}

/** Reasons may hold what pods said. */
const MAX_REASON = 1000;
const oneLine = (text: string): string => visible(text.replace(/\s+/g, ' '), MAX_REASON);
