import { isSignalboxError } from '@signalbox/contracts';
import { readPublished } from '../../trust/index.js';
import { MainBranch } from '../branch/main-branch.js';
import { backgroundOf } from '../desired/background.js';
import { type Head, resolveDesired } from '../desired/desired.js';
import { SoakReader } from '../desired/soak.js';
import { eventNowUs } from '../event-clock.js';
import { openEnvironment } from '../pass/open-environment.js';
import { type Outlook, type Outlooks, outlookOf } from './outlook.js';
import type { Plan } from './plan.js';

export interface OutlookQuestion {
  /** A clone that has the commit of `after`; relative addresses of stores start here. */
  readonly repo: string;
  /** The documents as they will be. */
  readonly after: Head;
  readonly wallNow: () => number;
}

/** Of every model that a plan speaks of. Where what is published cannot be read, a plan can only say what Git says. */
export async function readOutlooks({ changes }: Plan, question: OutlookQuestion): Promise<Outlooks> {
  const outlooks = new Map<string, Outlook>();
  for (const { environment, model } of changes) {
    if (model === null) continue;
    const outlook = await readOutlook(environment, model, question).catch(unreadable);
    if (outlook !== null) outlooks.set(`${environment}/${model}`, outlook);
  }
  return outlooks;
}

async function readOutlook(
  environment: string,
  model: string,
  { after, repo, wallNow }: OutlookQuestion,
): Promise<Outlook | null> {
  const opened = await openEnvironment({ repo, environment, wallNow });
  const { rootBytes, settings, store } = opened;
  const published = (await readPublished({ store, environment, rootBytes }))?.manifests;
  const current = published?.get(model);
  if (!published || !current) return null;
  // The clone has the proposed commit, which a mirror of the forge may not have yet.
  const branch = new MainBranch(repo);
  const sources = { environment, branch, store, soaks: new SoakReader(opened.branch, repo, wallNow) };
  const background = await backgroundOf(sources, { head: after, model, published });
  const resolved = resolveDesired(after, { environment, model, published, background, wallNowMs: wallNow() });
  if ('unresolved' in resolved) return null;
  return outlookOf(resolved.desired, current, await eventNowUs(repo, settings, wallNow));
}

function unreadable(error: unknown): null {
  if (isSignalboxError(error)) return null;
  throw error;
}
