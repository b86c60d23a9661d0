import { type Environment, formatDurationMs, parseDurationMs, type Release } from '@signalbox/contracts';
import type { LiveOutlook } from './outlook.js';
import { type PlanQuestion, releaseIn } from './release.js';

/** How to take the change back, and how soon that is done; null where there is nothing to take back. Pure. */
export function wayBack(question: PlanQuestion): string | null {
  const { environment, model, outlook } = question;
  const old = releaseIn(question.before, question);
  const release = releaseIn(question.after, question);
  if (!old || !release || old.version === release.version) return null;
  if (outlook === null) return backByGit(question, { old, release });
  if (outlook.lost.length > 0)
    return `\`signalbox emergency ${model} --env ${environment} --to <n>\`, which needs no Git.`;
  return backFrom(outlook, question, { old, release });
}

interface Asked {
  readonly old: Release;
  readonly release: Release;
}

/** What is live is not known, so whatever is said of it comes with an if. */
function backByGit(question: PlanQuestion, { old, release }: Asked): string {
  const { environment, model } = question;
  const within = withinOf(question);
  if (old.version > release.version) {
    return `git revert the merge: if version ${old.version} is still live then, or loaded, it answers again within ${within}; if it was left, it takes its steps.`;
  }
  return `git revert the merge, or \`signalbox rollback ${model} --env ${environment} --merge\`: if version ${old.version} is live, it stays loaded, so it answers again within ${within}.`;
}

/** Back to what is live now: what Git asked for until now may never have come to be. */
function backFrom(outlook: LiveOutlook, question: PlanQuestion, { old, release }: Asked): string {
  const { environment, model } = question;
  const { next, published } = outlook;
  const left = published.champion === release.version ? old.version : published.champion;
  const out = whyOut(left, outlook, question);
  if (out !== null) {
    return `version ${left} ${out}: \`signalbox promote ${model} --env ${environment} --version ${left} --re-promote\` ends that, and it takes its steps.`;
  }
  const rollback = `\`signalbox rollback ${model} --env ${environment} --to ${left} --merge\``;
  const how = old.version === left ? `git revert the merge, or ${rollback}` : rollback;
  if (next.champion === left) {
    return `${how}: version ${left} is live until version ${release.version} is, and stays loaded then, so it answers all again within ${withinOf(question)}.`;
  }
  if (next.previousChampion === left) {
    return `${how}: version ${left} stays loaded, so it answers again within ${withinOf(question)}.`;
  }
  const again = `promote version ${left} again: it takes its steps`;
  if (published.champion !== left) return `${again}.`;
  const wasLeft = published.previousChampion === next.champion;
  return `${again}, because it ${wasLeft ? 'was left for a reason' : 'is not loaded then'}.`;
}

/** Why a version may not start again without more ado, as a sentence's end. */
function whyOut(
  version: number,
  { next, published }: LiveOutlook,
  { after, environment, model }: PlanQuestion,
): string | null {
  const packages = [...published.packages, ...next.packages];
  const digest =
    packages.find((one) => one.version === version)?.digest ??
    after.versions.get(model)?.get(version)?.package.digest ??
    '';
  if (after.environments.get(environment)!.holds.has(digest)) return 'is held';
  return next.rollout.rejected.some((one) => one.digest === digest) ? 'was rejected' : null;
}

const withinOf = ({ after, environment }: PlanQuestion): string =>
  formatDurationMs(rollbackBoundMs(after.environments.get(environment)!.environment));

/** From the revert on main to the last answer of the reverted version, with the daemon running: both polls, and a second. */
export function rollbackBoundMs({ pods, reconcile }: Environment): number {
  return parseDurationMs(reconcile.poll) + parseDurationMs(pods.poll) + 1000;
}
