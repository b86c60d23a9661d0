import { isDeepStrictEqual } from 'node:util';
import type { RolloutManifest } from '@signalbox/contracts';
import type { PodReport } from '../../evidence/index.js';
import { type BackgroundSources, backgroundOf } from '../desired/background.js';
import { type Head, type Resolved, reasonsWith, resolveDesired } from '../desired/desired.js';
import { holdsOf } from '../desired/holds.js';
import { evidenceFor } from '../evidence.js';
import { type MetricReader, metricsQuestion } from '../metrics/index.js';
import { asHeld } from '../pass/as-held.js';
import type { Decided } from '../pass/decisions.js';
import { decidingRule, type ReconcileInput, reconcile } from '../reconcile/index.js';

/** What a head asks of one model, and whether that was asked for before. */
export type Asked = (Resolved | { readonly failed: unknown }) & { readonly isReturn: boolean };

export interface Asking {
  readonly head: Head;
  readonly sources: BackgroundSources;
  readonly models: readonly string[];
  readonly published: ReadonlyMap<string, RolloutManifest>;
  readonly wallNowMs: number;
}

/** As a pass asks it. */
export async function askedOf(asking: Asking): Promise<ReadonlyMap<string, Asked>> {
  const { head, models, published, sources, wallNowMs } = asking;
  const one = async (model: string): Promise<Asked> => {
    const background = await backgroundOf(sources, { head, model, published });
    const question = { environment: sources.environment, model, published, background, wallNowMs };
    return { ...resolveDesired(head, question), isReturn: background.askedBefore };
  };
  const failed = (error: unknown): Asked => ({ failed: error, isReturn: false });
  return new Map(await Promise.all(models.map(async (model) => [model, await one(model).catch(failed)] as const)));
}

/**
 * The models of which two heads ask something else: the decision is a function of what is asked for, what is published, and what pods say. What is the same
 * for all models of an environment is compared once.
 */
export function askOtherwise(
  environment: string,
  [before, after]: readonly [Head, Head],
  [old, now]: readonly [ReadonlyMap<string, Asked>, ReadonlyMap<string, Asked>],
): ReadonlySet<string> {
  const shared = ({ findings, workspace }: Head) => [
    workspace.metrics,
    [...holdsOf({ commit: '', findings, workspace }, environment, '')],
  ];
  const isSame = isDeepStrictEqual(shared(before), shared(after));
  const models = [...now.keys()];
  return new Set(isSame ? models.filter((one) => !isDeepStrictEqual(own(old.get(one)), own(now.get(one)))) : models);
}

function own(asked: Asked | undefined): unknown {
  if (asked === undefined || !('desired' in asked)) return asked;
  const { desired, left } = asked;
  return { ...desired, left, commit: '', holds: null, metrics: null };
}

export interface Seeing {
  readonly current: RolloutManifest | null;
  readonly reports: readonly PodReport[];
  readonly metrics: MetricReader;
  readonly eventNowUs: number | null;
  /** Both sides are decided as of one commit: a rejection names it, and that is no difference. */
  readonly commit: string;
}

export interface NextDecision extends Decided {
  /** A stage that is under way just goes on, or not, by what pods say. */
  readonly isAdvance: boolean;
}

/** The production decision about one model; what would stop it in a pass stops it here. */
export async function nextDecision(model: string, asked: Asked, seeing: Seeing): Promise<NextDecision> {
  if ('failed' in asked) return { model, decision: asHeld(asked.failed), isAdvance: false };
  if ('unresolved' in asked) {
    return { model, decision: { manifest: null, reasons: [asked.unresolved], verdicts: [] }, isAdvance: false };
  }
  const { commit, current, eventNowUs, metrics, reports } = seeing;
  try {
    const desired = { ...asked.desired, commit };
    const question = metricsQuestion(desired, current, { commit, eventNowUs });
    const readings = question === null || reports.length === 0 ? {} : { readings: await metrics.read(question) };
    const input: ReconcileInput = { desired, current, pods: evidenceFor(reports, model), eventNowUs, ...readings };
    const decision = reconcile(input);
    const reasons = reasonsWith(asked, decision.reasons);
    return { model, decision: { ...decision, reasons }, isAdvance: decidingRule(input) === 'advance' };
  } catch (error) {
    return { model, decision: asHeld(error), isAdvance: false };
  }
}
