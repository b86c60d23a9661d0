import type { Release, VersionRecord } from '@signalbox/contracts';
import type { BotRequest } from '../bots/requests.js';
import { editRelease } from '../changes/release-document.js';
import { type Head, holdPath, releasePath } from '../desired/desired.js';
import { holdsOf } from '../desired/holds.js';
import { tierPolicy } from '../desired/tier-policy.js';

/** A merged version that the policy lets a bot bring to an environment, as far as documents tell. */
export interface DuePromotion {
  readonly environment: string;
  readonly model: string;
  readonly version: number;
  readonly record: VersionRecord;
  /** What the release file would say. */
  readonly release: Release;
  /** How many people must agree before the bot merges it. */
  readonly approvals: number;
}

/**
 * The newest version of each model whose risk tier has it promoted here by itself, where it is newer than what is asked for. Only the newest: what a
 * newer one has overtaken is nobody's wish any more, and where the newest is held or was taken back, people decide what comes next. Pure.
 */
export function duePromotions(head: Head, environment: string): readonly DuePromotion[] {
  const { workspace } = head;
  const settings = workspace.environments.get(environment);
  if (!settings) return [];
  return [...workspace.versions].flatMap(([model, records]) => {
    const tier = tierPolicy(workspace, environment, model);
    if (!tier?.autoPromote.includes(environment)) return [];
    const version = Math.max(...records.keys());
    const record = records.get(version);
    const asked = settings.releases.get(model);
    if (!record || version <= (asked?.version ?? 0)) return [];
    if (holdsOf(head, environment, model).has(record.package.digest)) return [];
    const { arms: _ended, ...kept } = asked ?? { strategy: tier.strategies[0]! };
    return [{ environment, model, version, record, release: { ...kept, version }, approvals: tier.approvals }];
  });
}

/** The documents as they would be with the promotion merged. */
export function headWith({ environment, model, release }: DuePromotion, head: Head): Head {
  const settings = head.workspace.environments.get(environment)!;
  const releases = new Map(settings.releases).set(model, release);
  const environments = new Map(head.workspace.environments).set(environment, { ...settings, releases });
  return { ...head, workspace: { ...head.workspace, environments } };
}

/** `text`: the release file as it is; null where there is none. Pure. */
export function planPromotion(due: DuePromotion, text: string | null): BotRequest {
  const { approvals, environment, model, record, release, version } = due;
  const title = `Promote ${model} version ${version} to ${environment}`;
  const mark = promotionMark(due);
  const agree =
    approvals === 0
      ? 'The policy asks for nobody’s approval, so the bot merges it.'
      : `The bot merges it once ${approvals === 1 ? 'one person agrees' : `${approvals} people agree`}.`;
  const words = [
    `**Version ${version} of ${model} was merged and its gates let it through. The policy has it promoted to ${environment} by itself.**`,
    `It starts by strategy \`${release.strategy}\`. Its package is \`${record.package.digest}\`. ${agree}`,
    `To keep it out, close this: it is not opened again. To take it back later: \`signalbox rollback ${model} --env ${environment} --merge\`.`,
  ];
  return {
    branches: promotionBranches(due),
    title,
    mark,
    message: `${title}\n\n${mark}\n`,
    body: `${words.join('\n\n')}\n\n<!-- ${mark} -->\n`,
    files: new Map([
      [releasePath(environment, model), editRelease(text, { version, strategy: release.strategy, arms: null })],
    ]),
    about: [holdPath(environment, record.package.digest)],
  };
}

function promotionBranches({ environment, model, version }: DuePromotion): readonly string[] {
  const first = `promote-auto/${environment}/${model}-v${version}`;
  return [first, `${first}-again`];
}

/** By it the request is known in whatever state: it is opened once, whatever becomes of it. */
export function promotionMark({ environment, model, record }: DuePromotion): string {
  return `Auto-promotes: ${environment}/${model}@${record.package.digest}`;
}
