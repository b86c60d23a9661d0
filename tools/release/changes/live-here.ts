import { asSignalboxError, type RolloutManifest } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { readPublished } from '../../trust/index.js';
import { repromotedOf } from '../desired/background.js';
import { EMPTY_STORE, isEmptyStore } from '../empty-store.js';
import { nullIfUnreadable } from '../null-if-unreadable.js';
import { readDecisions } from '../pass/kept-reasons.js';
import { openEnvironment } from '../pass/open-environment.js';
import type { ReleaseSession } from './release-session.js';
import type { LiveHere } from './rollback-target.js';

interface Where {
  readonly repo: string;
  readonly environment: string;
  readonly wallNow: () => number;
}

/** What is published in an environment, by model; none before the first. Errors: those of opening it and of reading what is published. */
export async function publishedHere(
  { place }: Pick<ReleaseSession, 'place'>,
  { environment, repo, wallNow }: Where,
): Promise<{ readonly store: BlobStore; readonly manifests: ReadonlyMap<string, RolloutManifest> }> {
  const { rootBytes, store } = await openEnvironment({ repo, environment, wallNow }, place);
  const published = await readPublished({ store, environment, rootBytes });
  return { store, manifests: published?.manifests ?? new Map() };
}

export interface LiveOnMain extends LiveHere {
  /** Those that it was published of. */
  readonly commits: readonly string[];
}

/** Why as a sentence's end where what is published cannot be read, or nothing is: going back needs neither. */
export async function readLiveHere(
  session: ReleaseSession,
  about: Where & { readonly model: string },
): Promise<LiveOnMain | string> {
  const here = await publishedHere(session, about).catch(whyUnreadable);
  if (typeof here === 'string') return here;
  const published = here.manifests.get(about.model);
  if (!published)
    return (await isEmptyStore(here.store)) ? EMPTY_STORE : `nothing of ${about.model} is published there`;
  const decisions = (await readDecisions(here.store, published, () => true).catch(nullIfUnreadable)) ?? [];
  const { champion, previousChampion } = published;
  const manifests = [published, ...decisions.map(({ manifest }) => manifest)];
  const wasLive = [...manifests.map((manifest) => manifest.champion), champion, previousChampion];
  return {
    published,
    commits: manifests.map(({ commit }) => commit),
    rejected: await rejectedVersions(session, { ...about, published }),
    wasLive: new Set(wasLive.filter((version) => version !== null)),
    isWhole: decisions.at(-1)?.manifest.previous === null,
  };
}

function whyUnreadable(error: unknown): string {
  nullIfUnreadable(error);
  return asSignalboxError(error).message;
}

/** Not those that a newer commit promotes again. */
async function rejectedVersions(
  { main, place }: ReleaseSession,
  { environment, model, published }: Pick<Where, 'environment'> & { model: string; published: RolloutManifest },
): Promise<ReadonlySet<number>> {
  const again = await repromotedOf({ environment, branch: place.branch }, published, main);
  const out = new Set(published.rollout.rejected.map(({ digest }) => digest).filter((digest) => !again.has(digest)));
  const records = [...(main.workspace.versions.get(model) ?? [])];
  return new Set(records.flatMap(([version, record]) => (out.has(record.package.digest) ? [version] : [])));
}
