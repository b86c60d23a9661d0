import { parseDurationMs } from '@signalbox/contracts';
import { type PodReport, staleAfterMs } from '../../evidence/index.js';
import type { TrustPublisher } from '../../trust/index.js';
import { type BackgroundSources, backgroundOf } from '../desired/background.js';
import { modelsOf, reasonsWith, resolveDesired } from '../desired/desired.js';
import { overlookedOf } from '../desired/overlooked.js';
import { evidenceFor } from '../evidence.js';
import { metricsQuestion } from '../metrics/index.js';
import { type Decision, reconcile } from '../reconcile/index.js';
import { asHeld, wordsOf } from './as-held.js';
import { recordDecision } from './kept-reasons.js';
import type { PassTools, Seen } from './pass.js';

export type PassBranch = BackgroundSources['branch'];

export interface Decided {
  readonly model: string;
  readonly decision: Decision;
}

interface Held extends Seen {
  readonly heldUp: readonly string[];
}

/** Decides about every model of the environment. What cannot be read of pods stops nothing but moving on: a revert needs no evidence. */
export async function decideAll(
  tools: PassTools,
  seen: Held,
): Promise<{ readonly decisions: readonly Decided[]; readonly heldUp: readonly string[] }> {
  const { problem, reports } = await readReports(tools, seen);
  const heldUp = problem === null ? seen.heldUp : [...seen.heldUp, problem];
  const models = modelsOf(seen.head, tools.environment, seen.current.manifests.keys());
  const decisions = models.map(async (model) => {
    const decision = await decideOne(tools, { ...seen, heldUp, model, reports }).catch(asHeld);
    return { model, decision };
  });
  return { decisions: await Promise.all(decisions), heldUp };
}

async function readReports(
  { environment, evidence }: PassTools,
  { current, settings }: Seen,
): Promise<{ readonly reports: readonly PodReport[]; readonly problem: string | null }> {
  const underWay = [...current.manifests.values()].flatMap(({ candidate, model }) =>
    candidate === null ? [] : [model],
  );
  if (underWay.length === 0) return { reports: [], problem: null };
  const staleMs = staleAfterMs(parseDurationMs(settings?.pods.poll ?? '30s'));
  try {
    return { reports: await evidence.read({ environment, models: underWay, staleMs }), problem: null };
  } catch (error) {
    return { reports: [], problem: `what pods say cannot be read: ${wordsOf(error)}` };
  }
}

async function decideOne(
  tools: PassTools,
  about: Held & { readonly model: string; readonly reports: readonly PodReport[] },
): Promise<Decision> {
  const { current, eventNowUs, head, heldUp, model, reports, wallNowMs } = about;
  const { environment } = tools;
  const published = current.manifests;
  const background = await backgroundOf({ ...tools, store: tools.publisher.store }, { head, model, published });
  const resolved = resolveDesired(head, { environment, model, published, background, wallNowMs, heldUp });
  if ('unresolved' in resolved) return { manifest: null, reasons: [resolved.unresolved], verdicts: [] };
  const { desired } = resolved;
  const manifest = published.get(model) ?? null;
  const question = metricsQuestion(desired, manifest, { commit: head.commit, eventNowUs });
  const readings = question === null ? {} : { readings: await tools.metrics.read(question) };
  const pods = evidenceFor(reports, model);
  const decision = reconcile({ desired, current: manifest, pods, eventNowUs, ...readings });
  const reasons = reasonsWith(resolved, decision.reasons);
  return { ...decision, reasons: [...reasons, ...overlookedOf({ environment, head, model }, reasons)] };
}

/** Before it is published: whoever sees a manifest can find out why. */
export async function keepReasons(
  { store }: Pick<TrustPublisher, 'store'>,
  { decision, model }: Decided,
  { eventNowUs, wallNowMs }: Pick<Seen, 'eventNowUs' | 'wallNowMs'>,
): Promise<Decided> {
  const { manifest, reasons, verdicts } = decision;
  if (manifest === null) return { decision, model };
  const problem = await recordDecision(store, { manifest, reasons, verdicts, eventNowUs, decidedAtMs: wallNowMs });
  if (problem === null) return { decision, model };
  return { decision: { ...decision, reasons: [...reasons, `the reasons could not be kept: ${problem}`] }, model };
}
