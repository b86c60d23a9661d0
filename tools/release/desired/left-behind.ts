import type { Hold, ManifestPackage, RolloutManifest } from '@signalbox/contracts';
import { type Desired, publishedSegments } from '../reconcile/index.js';
import type { Question } from './desired.js';
import { environmentPath, type Head, problemIn, releasePath } from './head.js';
import { holdsOf } from './holds.js';

/**
 * Stands in for a strategy that never could be read. The release is blocked then, so that nothing passes by it; what fails beyond doubt, by more than a
 * strategy is likely to let through, does.
 */
export const NOTHING_PASSES = {
  stageDeadline: '7d',
  analysis: { errorRateMargin: 0.1, confidence: 0.95, metrics: [] },
};

/** The files that ask for a model: where the environment stands, its release file alone. */
export function asking({ workspace }: Head, environment: string, model: string): readonly [string, ...string[]] {
  const release = releasePath(environment, model);
  return workspace.environments.has(environment) ? [release] : [environmentPath(environment), release];
}

/**
 * A release that is gone asks for nothing, so what is live stays; a candidate that nobody asks for any more does not, nor what a hold names. By what is
 * published alone: the model's card and records, or the whole environment, may be gone as well. Null: nothing has to go.
 */
export function leftBehind(head: Head, question: Question): Desired | null {
  const { environment, model } = question;
  return asking(head, environment, model).some((file) => problemIn(head, file) !== null)
    ? null
    : leaves(head, question);
}

/** The same where a release asks for a version that never was: it asks for none of those that are published. */
export function leaves(head: Head, question: Question): Desired | null {
  const { background, environment, heldUp = [], model, published } = question;
  const current = published.get(model);
  if (!current) return null;
  const holds = holdsOf(head, environment, model);
  if (current.candidate === null && !isHeldHere(current, holds)) return null;
  const { clock, limits, rule } = current;
  return {
    ...{ environment, model, commit: head.commit, clock, limits, rule, holds },
    ...{ package: packageIn(current, current.champion)!, fallback: packageIn(current, current.fallback) },
    ...{ arms: [], segments: publishedSegments(current), metrics: head.workspace.metrics, confirmed: new Set() },
    ...{ minPods: 1, strategy: { name: 'direct', ...NOTHING_PASSES }, waits: heldUp },
    ...{ repromoted: false, emergencyEnded: background.emergencyEnded, wasLive: false, asksForNothing: true },
  };
}

/** Whatever was signed by hand: a hold takes out there as well what answers. */
function isHeldHere(current: RolloutManifest, holds: ReadonlyMap<string, Hold>): boolean {
  const { champion, fallback, segments } = current;
  const answering = [champion, fallback, ...segments.map(({ version }) => version)];
  return answering.some((version) => holds.has(packageIn(current, version)?.digest ?? ''));
}

/** What is published of a version; null: nothing. */
export function packageIn({ packages }: RolloutManifest, version: number | null): ManifestPackage | null {
  return packages.find((one) => one.version === version) ?? null;
}
