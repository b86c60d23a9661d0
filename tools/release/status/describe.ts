import { BUCKETS, type RolloutManifest, type Verdict } from '@signalbox/contracts';
import type { ModelOutcome } from '../pass/pass.js';
import type { PromotionOutcome } from '../promotion/index.js';
import type { WithdrawalOutcome } from '../withdrawal/index.js';

/** `serial 7, canary step 1: version 2 answers 10 % of the units, version 1 answers the rest`. */
export function describeManifest(manifest: RolloutManifest): string {
  const { arms, candidate, candidateBuckets, champion, rollout, segments, serial, shadow } = manifest;
  const shares = [{ version: candidate, buckets: candidateBuckets }, ...arms].filter(({ buckets }) => buckets > 0);
  const taken = shares.reduce((sum, { buckets }) => sum + buckets, 0);
  const rest = taken === 0 ? 'answers all units' : 'answers the rest';
  const pinned = segments.filter(({ version }) => version !== null);
  const parts = [
    ...shares.map(({ buckets, version }) => `version ${version} answers ${percentOf(buckets)} of the units`),
    taken === BUCKETS ? `version ${champion} is kept ready to take over` : `version ${champion} ${rest}`,
    ...(shadow ? [`version ${shadow.version} gets copies of ${percentOf(shadow.buckets)}`] : []),
    ...pinned.map(({ name, version }) => `segment ${name} is answered by version ${version}`),
  ];
  const step = rollout.phase === 'canary' ? ` step ${rollout.step + 1}` : '';
  const byHand = rollout.emergency === null ? '' : ' (signed by hand)';
  return `serial ${serial}, ${rollout.phase}${step}${byHand}: ${parts.join(', ')}`;
}

/** What pods do with the model when there is more traffic than they can answer, where that is not the usual. */
export function describePriority({ limits: { costClass, priority } }: RolloutManifest): readonly string[] {
  const cost = costClass === null ? '' : `, cost class ${costClass}`;
  return priority === 'normal' && costClass === null ? [] : [`priority ${priority}${cost}`];
}

/** One model of a pass: what is published, why, and what was measured. */
export function describeOutcome(environment: string, outcome: ModelOutcome): string {
  const { changed, manifest, model, reasons, verdicts } = outcome;
  const state = manifest === null ? 'has nothing published' : published(changed, manifest);
  const measured = verdicts.map((one) => `    ${describeVerdict(one)}`);
  return [`${environment}/${model} ${state}`, ...reasons.map((one) => `  ${one}`), ...measured].join('\n');
}

const published = (changed: boolean, manifest: RolloutManifest): string =>
  `${changed ? 'published' : 'stays at'} ${describeManifest(manifest)}`;

/** By its id, since two conditions may say the same. */
export const describeVerdict = ({ id, sentence, verdict }: Verdict): string => `${verdict} ${id}: ${sentence}`;

/** Where the request stands that takes a rejected version back. */
export function describeWithdrawal({ model, number, problem, state, version }: WithdrawalOutcome): string {
  const what = `version ${version} of ${model} is to be taken back`;
  switch (state) {
    case 'open':
      return problem === null
        ? `${what}: pull request #${number} is open, merge it`
        : `${what}: pull request #${number} is open, and the bot could not merge it yet (${problem})`;
    case 'done':
      return `${what}: the bot merged pull request #${number}`;
    case 'merged':
      return `${what}: pull request #${number} was merged, and it is asked for again`;
    case 'closed':
      return `${what}: pull request #${number} was closed`;
    case 'failed':
      return `${what}: no pull request could be opened yet (${problem})`;
  }
}

/** Where the promotion stands that a bot makes. */
export function describePromotion({ model, number, problem, state, version }: PromotionOutcome): string {
  const what = `version ${version} of ${model} is to be promoted by the policy`;
  const request = number === null ? 'no pull request yet' : `pull request #${number}`;
  switch (state) {
    case 'waiting':
      return `${what}: it waits, ${request} (${problem})`;
    case 'open':
      return `${what}: ${request} is open (${problem})`;
    case 'merged':
      return `${what}: the bot merged ${request}`;
    case 'failed':
      return `${what}: that failed and is tried again (${problem})`;
  }
}

export function percentOf(buckets: number): string {
  return `${Number(((buckets / BUCKETS) * 100).toFixed(2))} %`;
}
