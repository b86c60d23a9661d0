import {
  type Environment,
  type RolloutManifest,
  SignalboxError,
  timestampValidityMs,
  US_PER_MS,
  type Verdict,
} from '@signalbox/contracts';
import type { EventLog } from '@signalbox/serving/stores';
import { initialiseTrust, type Published, readPublished, type TrustPublisher } from '../../trust/index.js';
import type { MainBranch } from '../branch/main-branch.js';
import { notADescendant } from '../branch/rewritten.js';
import type { Head } from '../desired/desired.js';
import { overlookedHere } from '../desired/overlooked.js';
import type { PackageStock } from '../desired/package-stock.js';
import type { SoakReader } from '../desired/soak.js';
import type { EvidenceProvider } from '../evidence.js';
import type { MetricReader } from '../metrics/index.js';
import type { PromotionOutcome, Promotions } from '../promotion/index.js';
import { isChampionHeld, takenBackOf, type WithdrawalOutcome, type Withdrawals } from '../withdrawal/index.js';
import { believedTime, type ClockReading } from './clock.js';
import { decideAll, keepReasons, type PassBranch } from './decisions.js';
import { asPodsTakeThem } from './pods-take.js';
import { refuseWorthlessKeys, type Signed, sign } from './sign.js';
import { newestHead, syncProblem } from './sync.js';

/** What a pass works with. */
export interface PassTools {
  readonly environment: string;
  /** Brings the branch up to date with the forge. */
  readonly sync: () => Promise<void>;
  readonly branch: PassBranch & Pick<MainBranch, 'commit' | 'read' | 'notInHistory'>;
  /** How long a timestamp is valid comes from the head of the branch. */
  readonly publisher: Omit<TrustPublisher, 'timestampValidityMs'>;
  /** Keys and root as they are now, for whoever makes more than one pass: both change under a running reconciler. Those of `publisher` where it is absent. */
  readonly trustAt?: (commit: string) => Promise<Pick<TrustPublisher, 'keys' | 'rootBytes'>>;
  readonly evidence: EvidenceProvider;
  readonly metrics: MetricReader;
  readonly soaks: Pick<SoakReader, 'soakOf'>;
  readonly packages?: Pick<PackageStock, 'has'>;
  readonly log: Pick<EventLog, 'latestArrival'>;
  /** Null: not known yet. */
  readonly withdrawals: {
    ensure(...about: Parameters<Withdrawals['ensure']>): Promise<WithdrawalOutcome | null>;
    closeEnded?(...about: Parameters<Withdrawals['closeEnded']>): Promise<void>;
  };
  readonly promotions: Pick<Promotions, 'ensure'>;
  readonly wallNow: () => number;
  /** Milliseconds that only ever pass, from any start. */
  readonly monotonicNow: () => number;
}

/** What became of one model in a pass. */
export interface ModelOutcome {
  readonly model: string;
  /** What is published after the pass; null before the first manifest. */
  readonly manifest: RolloutManifest | null;
  readonly changed: boolean;
  readonly reasons: readonly string[];
  readonly verdicts: readonly Verdict[];
}

export interface PassResult {
  readonly commit: string;
  readonly published: Published;
  readonly signed: Signed;
  readonly models: readonly ModelOutcome[];
  /** Of the versions that Git asks for and that something else took out of service. */
  readonly withdrawals: readonly WithdrawalOutcome[];
  /** Of the versions that the policy has promoted by a bot. */
  readonly promotions: readonly PromotionOutcome[];
  /** Why no rollout may start or move on in this pass, whatever the model: what it could not see or believe, and what cannot be read of the environment. */
  readonly heldUp: readonly string[];
  readonly clock: ClockReading;
}

/**
 * One pass over one environment: read the head and what is published, decide about each model, publish all changes as one. Safe to run
 * at any time, by anyone, again: what it publishes is conditional on what it read. `since` is the result before, to read less, and to notice a store, a
 * branch or a clock that goes back.
 * Errors: `git/not-a-descendant` after re-signing what stands, `store/stale` for an older state than was seen, `store/conflict` when someone else
 * published meanwhile (run it again), `trust/unverified` at its end for keys that the newest root does not name, `trust/…`, `store/…`, `git/…`.
 */
export async function runPass(tools: PassTools, since: PassResult | null): Promise<PassResult> {
  const unsynced = await syncProblem(tools.sync);
  const { commit, unread } = await newestHead(tools.branch, since);
  const head = await tools.branch.read(commit);
  const settings = head.workspace.environments.get(tools.environment)?.environment;
  const clock = { wallMs: tools.wallNow(), monotonicMs: tools.monotonicNow() };
  const { eventAtMs, jump, signAtMs } = believedTime(since?.clock ?? null, clock);
  const publisher = {
    ...tools.publisher,
    ...(await tools.trustAt?.(commit)),
    wallNow: () => signAtMs,
    timestampValidityMs: timestampValidityMs(settings),
  };
  const current = await readCurrent(publisher, since);
  await refuseRewritten(tools, { commit, current, since, publisher });
  const eventNowUs = settings?.clock === 'replay' ? await tools.log.latestArrival() : eventAtMs * US_PER_MS;
  const seen = { head, settings, current, eventNowUs, wallNowMs: clock.wallMs };
  const { decisions: decided, heldUp } = await decideAll(tools, {
    ...seen,
    heldUp: [unsynced, unread, jump].filter((one) => one !== null),
  });
  const decisions = asPodsTakeThem(decided, { environment: tools.environment, published: current.manifests });
  const kept = await Promise.all(decisions.map((one) => keepReasons(publisher, one, seen)));
  const changed = kept.flatMap(({ decision }) => decision.manifest ?? []);
  const { published, signed } = await sign(publisher, current, changed);
  const models = kept.map(({ decision, model }) => ({
    model,
    manifest: published.manifests.get(model) ?? null,
    changed: decision.manifest !== null,
    reasons: decision.reasons,
    verdicts: decision.verdicts,
  }));
  const withdrawals = await withdraw(tools, head, models);
  const promotions = await tools.promotions.ensure({ head, published: published.manifests, wallNowMs: clock.wallMs });
  // After all that these keys could do: a timestamp stays fresh by a key of its own.
  refuseWorthlessKeys(publisher, published);
  const stopped = [...heldUp, ...overlookedHere(head, tools.environment)];
  return { commit, published, signed, models, withdrawals, promotions, heldUp: stopped, clock };
}

/** Never older than what was seen before: without this a store that answers old reads could take back a rejection for a while. */
async function readCurrent(publisher: TrustPublisher, since: PassResult | null): Promise<Published> {
  const current = await readPublished(publisher, since?.published ?? null);
  if (current !== null) return current;
  if (since === null) return initialiseTrust(publisher);
  const { version } = since.published.verified.roles.timestamp;
  throw new SignalboxError(
    'store/stale',
    `the store says that nothing was ever published to ${publisher.environment}, and timestamp ${version} was seen there`,
    {
      hint: 'Pods serve on with what they have. A store that was emptied on purpose is taken as new by a reconciler that starts anew.',
      retryable: true,
    },
  );
}

interface Reading {
  readonly commit: string;
  readonly current: Published;
  readonly since: PassResult | null;
  readonly publisher: TrustPublisher;
}

/** A head that lost what was published, or what was the head before: that is an alarm, not a release. What is published stays, and stays fresh. */
async function refuseRewritten({ branch }: PassTools, { commit, current, publisher, since }: Reading): Promise<void> {
  const manifests = [...current.manifests.values()];
  const known = [...manifests.map((manifest) => manifest.commit), ...(since === null ? [] : [since.commit])];
  const lost = new Set(await branch.notInHistory(commit, known));
  if (lost.size === 0) return;
  await sign(publisher, current, []);
  const published = manifests.filter((manifest) => lost.has(manifest.commit));
  if (published.length === 0) {
    throw new SignalboxError(
      'store/stale',
      `the head ${commit} does not contain ${since!.commit}, the head that was seen before`,
      {
        hint: 'Pods serve on with what is published. Either a mirror lags behind, which ends by itself, or the branch was rewritten: restore it, or start the reconciler anew if that was meant.',
        retryable: true,
      },
    );
  }
  throw notADescendant(commit, manifests, lost);
}

/** After everything is published: no release waits for its paperwork. */
async function withdraw(
  { withdrawals }: PassTools,
  head: Head,
  models: readonly ModelOutcome[],
): Promise<readonly WithdrawalOutcome[]> {
  const outcomes: WithdrawalOutcome[] = [];
  for (const { manifest } of models) {
    const taken = takenBackOf(manifest, head);
    const outcome = taken && (await withdrawals.ensure(taken, head));
    if (outcome !== null) outcomes.push(outcome);
  }
  const published = models.flatMap(({ manifest }) => manifest ?? []);
  await withdrawals.closeEnded?.(published.map((manifest) => ({ manifest, isHeld: isChampionHeld(head, manifest) })));
  return outcomes;
}

export interface Seen {
  readonly head: Head;
  readonly settings: Environment | undefined;
  readonly current: Published;
  readonly eventNowUs: number | null;
  readonly wallNowMs: number;
}
