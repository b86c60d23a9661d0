import type { RolloutManifest } from '@signalbox/contracts';
import { readPublished } from '../../trust/index.js';
import { MainBranch } from '../branch/main-branch.js';
import { backgroundOf } from '../desired/background.js';
import { type Head, reasonsWith, resolveDesired } from '../desired/desired.js';
import { SoakReader } from '../desired/soak.js';
import { eventNowUs } from '../event-clock.js';
import { nullIfUnreadable } from '../null-if-unreadable.js';
import { type OpenEnvironment, openEnvironment, openPlace, type Place } from '../pass/open-environment.js';
import { type Outlook, type Outlooks, outlookOf } from './outlook.js';
import type { Plan } from './plan.js';

export interface OutlookQuestion {
  /** A clone that has the commit of `after`; relative addresses of stores start here. */
  readonly repo: string;
  /** The documents as they will be. */
  readonly after: Head;
  /** Where the main branch is; what the clone pushes to unless given. */
  readonly place?: Place;
  readonly wallNow: () => number;
}

/** Of every model that a plan speaks of. Where what is published cannot be read, a plan can only say what Git says. */
export async function readOutlooks({ changes }: Plan, question: OutlookQuestion): Promise<Outlooks> {
  const outlooks = new Map<string, Outlook>();
  const place = question.place ?? (await openPlace(question).catch(nullIfUnreadable));
  for (const [environment, models] of place === null ? [] : modelsByEnvironment(changes)) {
    const read = await openOutlooks(environment, question, place!).catch(nullIfUnreadable);
    for (const model of read === null ? [] : models) {
      const outlook = await read!(model).catch(nullIfUnreadable);
      if (outlook !== null) outlooks.set(`${environment}/${model}`, outlook);
    }
  }
  return outlooks;
}

function modelsByEnvironment(changes: Plan['changes']): ReadonlyMap<string, readonly string[]> {
  const models = new Map<string, string[]>();
  for (const { environment, model } of changes) {
    if (model !== null) models.set(environment, [...(models.get(environment) ?? []), model]);
  }
  return models;
}

/** Reads an environment once, for any number of its models. */
async function openOutlooks(
  environment: string,
  { after, repo, wallNow }: OutlookQuestion,
  place: Place,
): Promise<(model: string) => Promise<Outlook | null>> {
  const opened = await openEnvironment({ repo, environment, wallNow }, place);
  const { branch, rootBytes, settings, store } = opened;
  const published = (await readPublished({ store, environment, rootBytes }))?.manifests;
  // The clone has the proposed commit, which a mirror of the forge may not have yet.
  const clone = new MainBranch(repo);
  const sources = { environment, branch: clone, store, soaks: new SoakReader(branch, repo, wallNow) };
  const lost = await lostCommits([...(published?.values() ?? [])], [opened, { branch: clone, commit: after.commit }]);
  return async (model) => {
    const current = published?.get(model);
    if (!published || !current) return null;
    if (lost.length > 0) return { published: current, next: current, reasons: [], lost, isReturn: false };
    const background = await backgroundOf(sources, { head: after, model, published });
    const wallNowMs = wallNow();
    const resolved = resolveDesired(after, { environment, model, published, background, wallNowMs });
    if ('unresolved' in resolved) return null;
    const now = { eventNowUs: await eventNowUs(repo, settings, wallNow), isReturn: background.askedBefore };
    const outlook = outlookOf(resolved.desired, current, now);
    return { ...outlook, reasons: reasonsWith(resolved, outlook.reasons) };
  };
}

/** Published commits that none of these heads has: a change that merges a lost commit mends the branch. */
async function lostCommits(
  published: readonly RolloutManifest[],
  heads: readonly Pick<OpenEnvironment, 'branch' | 'commit'>[],
): Promise<readonly string[]> {
  let lost: readonly string[] = published.map(({ commit }) => commit);
  for (const { branch, commit } of heads) lost = await branch.notInHistory(commit, lost);
  return lost;
}
