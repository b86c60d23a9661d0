import {
  formatInstant,
  type Hold,
  type ManifestPackage,
  type RolloutDecision,
  type RolloutManifest,
  SignalboxError,
  US_PER_MS,
} from '@signalbox/contracts';
import { stringify } from 'yaml';
import { BOT } from '../../forge/index.js';
import { type Head, holdPath, releasePath } from '../desired.js';
import { editRelease } from '../release-document.js';
import type { ReleaseState } from '../release-history.js';
import { withdrawalBody } from './withdrawal-body.js';

/** A version that Git asks for and that live traffic has shown to be bad. */
export interface Rejected {
  readonly manifest: RolloutManifest;
  readonly version: number;
  readonly rejection: RolloutManifest['rollout']['rejected'][number];
  /** What serves in its place. */
  readonly champion: ManifestPackage;
}

/** Null unless a rejection stands against what the head asks for: what nobody asks for need not be taken back. */
export function rejectedOf(manifest: RolloutManifest | null, { workspace }: Head): Rejected | null {
  if (manifest?.rollout.phase !== 'rejected') return null;
  const { environment, model } = manifest;
  const version = workspace.environments.get(environment)?.releases.get(model)?.version;
  const digest = workspace.versions.get(model)?.get(version ?? 0)?.package.digest;
  const rejection = manifest.rollout.rejected.find((one) => one.digest === digest);
  if (version === undefined || rejection === undefined) return null;
  const champion = manifest.packages.find((one) => one.version === manifest.champion);
  if (champion) return { manifest, version, rejection, champion };
  throw new SignalboxError('internal/bug', `manifest ${manifest.serial} of ${model} lacks its champion's package`);
}

/** What the request is to say and to change. */
export interface Withdrawal {
  /** The branch, unless an earlier rejection of the same version has used it. */
  readonly branch: string;
  readonly title: string;
  readonly message: string;
  /** A line that the commit and the request carry: by it they are known to be about this very rejection. */
  readonly mark: string;
  readonly body: string;
  readonly files: ReadonlyMap<string, string>;
}

export interface WithdrawalFacts {
  readonly rejected: Rejected;
  readonly head: Head;
  /** Of the release file, on the main branch, oldest first. */
  readonly history: readonly ReleaseState[];
  /** How it came about, newest first; empty when the store has no record of it. */
  readonly decisions: readonly RolloutDecision[];
  readonly wallNowMs: number;
}

/** Its first name; a second rejection of the same version adds its serial. */
export function withdrawalBranch(environment: string, model: string, version: number): string {
  return `withdraw/${environment}/${model}-v${version}`;
}

/** Whether a branch is one of those names. */
export function isWithdrawalBranch(name: string, first: string): boolean {
  return name === first || (name.startsWith(`${first}-`) && /^[0-9]+$/.test(name.slice(first.length + 1)));
}

/** By what commit, title or body of a request it is known which rejection they are about. */
export function markOf({ manifest: { environment, model }, rejection }: Rejected): string {
  return `Withdraws: ${environment}/${model}@${rejection.digest} serial ${rejection.serial}`;
}

/** The revert of the release file to what serves, and a hold on what was rejected. Pure. */
export function planWithdrawal(facts: WithdrawalFacts): Withdrawal {
  const { rejected } = facts;
  const { champion, manifest, rejection, version } = rejected;
  const { environment, model } = manifest;
  const title = `Withdraw ${model} version ${version} from ${environment}`;
  const mark = markOf(rejected);
  const reverted = revertedRelease(facts);
  const hold: Hold = {
    model,
    reason: oneLine(rejection.reason),
    since: formatInstant(Math.floor(rejectedAtMs(facts) / 1000) * 1000 * US_PER_MS),
    by: BOT.name,
  };
  const files = new Map([[holdPath(environment, rejection.digest), stringify(hold)]]);
  if (reverted !== null) files.set(releasePath(environment, model), reverted);
  const serves = `Version ${champion.version} serves; the reconciler has taken all traffic from version ${version} already.`;
  return {
    branch: withdrawalBranch(environment, model, version),
    title,
    mark,
    message: `${title}\n\n${oneLine(rejection.reason)}\n\n${serves}\n\n${mark}\n`,
    body: `${withdrawalBody({ ...rejected, decisions: facts.decisions, reverts: reverted !== null })}\n\n<!-- ${mark} -->\n`,
    files,
  };
}

/** What the release file said when it last asked for what serves now; null when main has no record of that version any more. */
function revertedRelease({ head, history, rejected }: WithdrawalFacts): string | null {
  const { champion, manifest } = rejected;
  const record = head.workspace.versions.get(manifest.model)?.get(champion.version);
  if (record?.package.digest !== champion.digest) return null;
  const before = history.findLast(({ version }) => version === champion.version);
  if (before) return before.text;
  const release = head.workspace.environments.get(manifest.environment)!.releases.get(manifest.model)!;
  const { fallback, strategy } = release;
  // A version is not its own fallback.
  const dropped = fallback?.version === champion.version ? { fallback: null } : {};
  return editRelease(history.at(-1)?.text ?? null, { version: champion.version, strategy, ...dropped });
}

function rejectedAtMs({ decisions, rejected, wallNowMs }: WithdrawalFacts): number {
  const decided = decisions.find(({ manifest }) => manifest.serial === rejected.rejection.serial);
  return decided?.decidedAtMs ?? wallNowMs;
}

/** Reasons may hold what pods said. */
const MAX_REASON = 1000;
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').slice(0, MAX_REASON);
