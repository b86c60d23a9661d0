import type { Workspace } from '@signalbox/contracts';
import { type DuePromotion, duePromotions } from '../promotion/due-promotion.js';
import { classSentence, costSentences, estimateCost } from './cost.js';

/** Versions that a change records: by itself that moves nothing, and what bots then do. Pure. */
export function versionNotes(before: Workspace, after: Workspace): string[] {
  return [...after.versions].flatMap(([model, records]) =>
    [...records.keys()]
      .filter((version) => !before.versions.get(model)?.has(version))
      .flatMap((version) => [
        `Version ${version} of ${model} is recorded. That alone releases nothing: \`signalbox promote ${model} --version ${version} --env <name>\` does.`,
        ...costNotes(after, model, version),
        ...promotions(after, model, version),
      ]),
  );
}

/** What it costs, against the version that an environment asks for, and the classes of the environments that run the model. */
function costNotes(workspace: Workspace, model: string, version: number): string[] {
  const running = [...workspace.environments].flatMap(([environment, { releases }]) => {
    const release = releases.get(model);
    return release === undefined ? [] : [{ environment, release }];
  });
  const [first] = running;
  const about = { workspace, model, requestsPerHour: null };
  const cost = estimateCost({
    ...about,
    environment: '',
    release: { version, strategy: first?.release.strategy ?? '' },
    before: first?.release.version ?? null,
  });
  const classes = running.flatMap(({ environment, release }) => {
    const there = estimateCost({ ...about, environment, release: { ...release, version }, before: null });
    return there === null ? [] : classSentence(there).map((sentence) => `${environment}: ${sentence}`);
  });
  return cost === null ? [] : [...costSentences(cost), ...classes];
}

/** What the bot proposes from then on, of versions that are recorded already: a policy, a tier or a release may set it free. Pure. */
export function botNotes(before: Workspace, after: Workspace): string[] {
  return newlyDue(before, after)
    .filter((due) => before.versions.get(due.model)?.has(due.version))
    .map((due) => proposes(due, after, `version ${due.version} of ${due.model}`));
}

/** What the bot proposes from then on and does not now. Pure. */
export function newlyDue(before: Workspace, after: Workspace): readonly DuePromotion[] {
  const known = new Set(dueIn(before).map(keyOf));
  return dueIn(after).filter((due) => !known.has(keyOf(due)));
}

const dueIn = (workspace: Workspace): readonly DuePromotion[] =>
  [...workspace.environments.keys()].flatMap((name) => duePromotions({ commit: '', workspace, findings: [] }, name));

const keyOf = ({ approvals, environment, model, version }: DuePromotion): string =>
  [environment, model, version, approvals].join('/');

function promotions(workspace: Workspace, model: string, version: number): string[] {
  return dueIn(workspace)
    .filter((due) => due.model === model && due.version === version)
    .map((due) => proposes(due, workspace, 'it'));
}

function proposes(
  { approvals, environment, release }: DuePromotion,
  { environments }: Workspace,
  what: string,
): string {
  const { promotesFrom } = environments.get(environment)!.environment;
  const when = promotesFrom
    ? `once it was live in ${promotesFrom.environment} for ${promotesFrom.soak}`
    : 'at its next pass';
  const merged = approvals === 0 ? 'and merges that by itself' : `and merges that once ${people(approvals)}`;
  return `The bot then proposes ${what} to ${environment} by strategy ${release.strategy} ${when}, ${merged}.`;
}

const people = (count: number): string => (count === 1 ? 'one person agrees' : `${count} people agree`);
