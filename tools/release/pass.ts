import {
  type Environment,
  isSignalboxError,
  parseDurationMs,
  type RolloutManifest,
  SignalboxError,
  US_PER_MS,
  type Verdict,
} from '@signalbox/contracts';
import type { EventLog } from '@signalbox/serving/stores';
import { type PodReport, staleAfterMs } from '../evidence/index.js';
import {
  initialiseTrust,
  type Published,
  publish,
  readPublished,
  resign,
  type TrustPublisher,
} from '../trust/index.js';
import { recordDecision } from './decisions.js';
import { type Head, modelsOf, resolveDesired } from './desired.js';
import { type EvidenceProvider, evidenceFor } from './evidence.js';
import { type MainBranch, repromotion } from './main-branch.js';
import { type Decision, reconcile } from './reconcile/index.js';
import { rejectedOf, type WithdrawalOutcome, type Withdrawals } from './withdrawal/index.js';

/** What a pass works with. */
export interface PassTools {
  readonly environment: string;
  readonly branch: Pick<MainBranch, 'commit' | 'read' | 'notInHistory' | 'repromotionsSince'>;
  /** How long a timestamp is valid comes from the head of the branch. */
  readonly publisher: Omit<TrustPublisher, 'timestampValidityMs'>;
  readonly evidence: EvidenceProvider;
  readonly log: Pick<EventLog, 'latestArrival'>;
  readonly withdrawals: Pick<Withdrawals, 'ensure'>;
  readonly wallNow: () => number;
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
  readonly signed: 'manifests' | 'timestamp' | 'nothing';
  readonly models: readonly ModelOutcome[];
  /** Of the versions that Git asks for and that are rejected. */
  readonly withdrawals: readonly WithdrawalOutcome[];
}

/**
 * One pass over one environment: read the head and what is published, decide about each model, publish all changes as one. Safe to run
 * at any time, by anyone, again: what it publishes is conditional on what it read. `since` is the result before, to read less.
 * Errors: `git/not-a-descendant` after re-signing what stands, `store/conflict` when someone else published meanwhile (run it again),
 * `trust/…`, `store/…`, `git/…`.
 */
export async function runPass(tools: PassTools, since: PassResult | null): Promise<PassResult> {
  const commit = await tools.branch.commit();
  const head = await tools.branch.read(commit);
  const settings = head.workspace.environments.get(tools.environment)?.environment;
  const publisher = { ...tools.publisher, timestampValidityMs: parseDurationMs(settings?.timestampValidity ?? '1d') };
  const current = (await readPublished(publisher, since?.published ?? null)) ?? (await initialiseTrust(publisher));
  const lost = await lostCommits(tools, commit, current);
  if (lost.length > 0) {
    await sign(publisher, current, []);
    throw rewritten(commit, lost);
  }
  const eventNowUs = settings?.clock === 'replay' ? await tools.log.latestArrival() : tools.wallNow() * US_PER_MS;
  const decisions = await decideAll(tools, { head, settings, current, eventNowUs });
  const kept = await Promise.all(decisions.map((one) => keepReasons(tools, one, eventNowUs)));
  const changed = kept.flatMap(({ decision }) => decision.manifest ?? []);
  const { published, signed } = await sign(publisher, current, changed);
  const models = kept.map(({ decision, model }) => ({
    model,
    manifest: published.manifests.get(model) ?? null,
    changed: decision.manifest !== null,
    reasons: decision.reasons,
    verdicts: decision.verdicts,
  }));
  return { commit, published, signed, models, withdrawals: await withdraw(tools, head, models) };
}

/** What is published, but not in the history of the head. */
async function lostCommits(
  { branch }: PassTools,
  head: string,
  current: Published,
): Promise<readonly RolloutManifest[]> {
  const manifests = [...current.manifests.values()];
  const commits = manifests.map((manifest) => manifest.commit);
  const lost = await branch.notInHistory(head, commits);
  return manifests.filter((manifest) => lost.includes(manifest.commit));
}

/** That is an alarm, not a release: what is published stays, and stays fresh. */
function rewritten(head: string, lost: readonly RolloutManifest[]): SignalboxError {
  const what = lost.map(({ commit, model }) => `${commit} (published for ${model})`).join(', ');
  return new SignalboxError(
    'git/not-a-descendant',
    `the head ${head} does not contain ${what}: the branch was rewritten`,
    {
      hint: 'Pods serve on with what is published. Restore the branch, or merge the lost commit into it; a shallow clone needs its whole history (git fetch --unshallow).',
    },
  );
}

interface Seen {
  readonly head: Head;
  readonly settings: Environment | undefined;
  readonly current: Published;
  readonly eventNowUs: number | null;
}

interface Decided {
  readonly model: string;
  readonly decision: Decision;
}

async function decideAll(tools: PassTools, seen: Seen): Promise<readonly Decided[]> {
  const { environment, evidence } = tools;
  const published = seen.current.manifests;
  const models = [...published.values()].flatMap(({ candidate, model }) => (candidate === null ? [] : [model]));
  const staleMs = staleAfterMs(parseDurationMs(seen.settings?.pods.poll ?? '30s'));
  const reports = models.length === 0 ? [] : await evidence.read({ environment, models, staleMs });
  const decide = async (model: string) => {
    const decision = await decideOne(tools, { ...seen, model, reports }).catch(asHeld);
    return { model, decision };
  };
  return Promise.all(modelsOf(seen.head, environment, published.keys()).map(decide));
}

async function decideOne(
  tools: PassTools,
  about: Seen & { readonly model: string; readonly reports: readonly PodReport[] },
): Promise<Decision> {
  const { eventNowUs, head, model, reports } = about;
  const current = about.current.manifests.get(model) ?? null;
  const repromoted = await repromotedOf(tools, current, head.commit);
  const resolved = resolveDesired(head, { environment: tools.environment, model, current, repromoted });
  if ('unresolved' in resolved) return { manifest: null, reasons: [resolved.unresolved], verdicts: [] };
  return reconcile({ desired: resolved.desired, current, pods: evidenceFor(reports, model), eventNowUs });
}

/** Before it is published: whoever sees a manifest can find out why. */
async function keepReasons(
  { publisher, wallNow }: PassTools,
  { decision, model }: Decided,
  eventNowUs: number | null,
): Promise<Decided> {
  const { manifest, reasons, verdicts } = decision;
  if (manifest === null) return { decision, model };
  const problem = await recordDecision(publisher.store, {
    ...{ manifest, reasons, verdicts, eventNowUs },
    decidedAtMs: wallNow(),
  });
  if (problem === null) return { decision, model };
  return { decision: { ...decision, reasons: [...reasons, `the reasons could not be kept: ${problem}`] }, model };
}

/** After everything is published: no release waits for its paperwork. */
async function withdraw(
  { withdrawals }: PassTools,
  head: Head,
  models: readonly ModelOutcome[],
): Promise<readonly WithdrawalOutcome[]> {
  const outcomes: WithdrawalOutcome[] = [];
  for (const { manifest } of models) {
    const rejected = rejectedOf(manifest, head);
    if (rejected !== null) outcomes.push(await withdrawals.ensure(rejected, head));
  }
  return outcomes;
}

/** What goes wrong with one model is that model's reason to wait, not the others'. */
function asHeld(error: unknown): Decision {
  if (!isSignalboxError(error)) throw error;
  return { manifest: null, reasons: [`waits, because of an error: ${error.message}`], verdicts: [] };
}

/** The rejected packages of a manifest that commits newer than their rejection promote again. */
export async function repromotedOf(
  { branch, environment }: { readonly branch: Pick<MainBranch, 'repromotionsSince'>; readonly environment: string },
  current: RolloutManifest | null,
  head: string,
): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for (const { commit, digest } of current?.rollout.rejected ?? []) {
    const promoted = await branch.repromotionsSince(commit, head);
    if (promoted.has(repromotion(environment, current!.model, digest))) digests.add(digest);
  }
  return digests;
}

/** A timestamp is signed again this often at the latest, so that pods know that what they have is the newest. */
const RESIGN_AFTER_MS = 3_600_000;

async function sign(
  publisher: TrustPublisher,
  current: Published,
  changed: readonly RolloutManifest[],
): Promise<{ readonly published: Published; readonly signed: PassResult['signed'] }> {
  if (changed.length > 0) {
    const manifests = new Map([...current.manifests, ...changed.map((one) => [one.model, one] as const)]);
    const published = await publish(publisher, current, { manifests, allowedPackages: allowed(manifests) });
    return { published, signed: 'manifests' };
  }
  const signedAtMs = current.verified.roles.timestamp.expiresAtMs - publisher.timestampValidityMs;
  const dueMs = Math.min(RESIGN_AFTER_MS, publisher.timestampValidityMs / 4);
  if (publisher.wallNow() - signedAtMs < dueMs) return { published: current, signed: 'nothing' };
  return { published: await resign(publisher, current), signed: 'timestamp' };
}

/** Exactly the packages that some manifest names: pods refuse every other one. */
function allowed(manifests: ReadonlyMap<string, RolloutManifest>) {
  return [...manifests.values()].flatMap(({ model, packages }) =>
    packages.map(({ digest, sizeBytes }) => ({ model, digest, sizeBytes })),
  );
}
