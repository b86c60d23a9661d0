import { isSignalboxError, parseDurationMs, type RolloutManifest } from '@signalbox/contracts';
import { type PodReport, PodReports, staleAfterMs } from '../../evidence/index.js';
import { readPublished } from '../../trust/index.js';
import { MainBranch } from '../branch/main-branch.js';
import { type Head, modelsOf } from '../desired/desired.js';
import { servedFeatures } from '../desired/former.js';
import { PackageStock } from '../desired/package-stock.js';
import { SoakReader } from '../desired/soak.js';
import { EMPTY_STORE, isEmptyStore } from '../empty-store.js';
import { eventNowUs } from '../event-clock.js';
import { openMetricReader } from '../metrics/index.js';
import { type OpenEnvironment, openEnvironment, openPlace, type Place } from '../pass/open-environment.js';
import { asPodsTakeThem } from '../pass/pods-take.js';
import type { Decision } from '../reconcile/index.js';
import { alsoNamed } from '../waits/index.js';
import { type Asked, askedOf, askOtherwise, type NextDecision, nextDecision } from './next-decisions.js';
import { movesBy, type NextPass, type Outlook } from './outlook.js';

export interface NextPassQuestion {
  /** Relative addresses of stores start here. */
  readonly repo: string;
  /** The repository that has both commits; `repo` unless given. */
  readonly folder?: string;
  /** The documents of the main branch, and as they will be. */
  readonly heads: { readonly before: Head; readonly after: Head };
  /** Where the main branch is; what the clone pushes to unless given. */
  readonly place?: Place;
  readonly wallNow: () => number;
}

/**
 * What the next pass makes of every model of every environment once a change is merged, and what it would make of it otherwise: the production decision,
 * asked twice. No list says which documents move traffic. Where what is published cannot be read, a plan can only say what Git says.
 */
export async function readNextPass(question: NextPassQuestion): Promise<NextPass> {
  const outlooks = new Map<string, Outlook>();
  const unread = new Map<string, string>();
  const sides = sidesOf(question);
  const place = question.place ?? (await openPlace(question).catch(whyNot));
  for (const environment of sides.before.head.workspace.environments.keys()) {
    const read =
      typeof place === 'string' ? place : await outlooksIn(environment, { ...question, place, sides }).catch(whyNot);
    if (typeof read === 'string') unread.set(environment, read);
    else for (const [model, outlook] of read) outlooks.set(`${environment}/${model}`, outlook);
  }
  return { outlooks, unread };
}

/** What is told to people is a reason; a bug is none. */
function whyNot(error: unknown): string {
  if (isSignalboxError(error)) return error.message;
  throw error;
}

/** One head, with what is learnt of its history: by itself, so that no environment makes the other one forget it. */
interface Side {
  readonly head: Head;
  readonly branch: MainBranch;
  readonly soaks: SoakReader;
}

type Sides = Readonly<Record<'before' | 'after', Side>>;

/** The clone has the proposed commit, which a mirror of the forge may not have yet. */
function sidesOf({ folder, heads, repo, wallNow }: NextPassQuestion): Sides {
  const side = (head: Head): Side => {
    const branch = new MainBranch(folder ?? repo);
    return { head, branch, soaks: new SoakReader(branch, repo, wallNow) };
  };
  return { before: side(heads.before), after: side(heads.after) };
}

interface Reading extends Required<Pick<NextPassQuestion, 'place' | 'repo' | 'wallNow'>> {
  readonly sides: Sides;
}

async function outlooksIn(environment: string, reading: Reading): Promise<ReadonlyMap<string, Outlook> | string> {
  const { place, repo, wallNow } = reading;
  const { after, before } = reading.sides;
  const opened = await openEnvironment({ repo, environment, wallNow }, place);
  const other = otherStore(environment, [before.head, after.head]);
  if (other !== null) return other;
  const published = await publishedIn(opened, before.head);
  if (typeof published === 'string') return published;
  const all = [before, after].flatMap(({ head }) => modelsOf(head, environment, published.keys()));
  const about = { ...reading, opened, published, models: [...new Set(all)], wallNowMs: wallNow() };
  return compared(about, await lostCommits([...published.values()], about));
}

/** A pass reads what is published where the head says. */
function otherStore(environment: string, heads: readonly Head[]): string | null {
  const addresses = heads.flatMap(
    ({ workspace }) => workspace.environments.get(environment)?.environment.stores.artifacts ?? [],
  );
  const [from, to] = addresses;
  return to === undefined || from === to ? null : `merging this has it read from another store, ${to}`;
}

/** A store with nothing in it, where Git asks for something, is one that is not there. */
async function publishedIn(
  { environment, rootBytes, store }: OpenEnvironment,
  { workspace }: Head,
): Promise<ReadonlyMap<string, RolloutManifest> | string> {
  const published = await readPublished({ store, environment, rootBytes });
  if (published !== null) return published.manifests;
  const isAsked = (workspace.environments.get(environment)?.releases.size ?? 0) > 0;
  return isAsked && (await isEmptyStore(store)) ? EMPTY_STORE : new Map();
}

interface Comparing extends Reading {
  readonly opened: OpenEnvironment;
  readonly published: ReadonlyMap<string, RolloutManifest>;
  readonly models: readonly string[];
  readonly wallNowMs: number;
}

type Lost = Readonly<Record<keyof Sides, readonly string[]>>;

/** Published commits that a head lacks: a change that merges a lost commit mends the branch. */
async function lostCommits(
  published: readonly RolloutManifest[],
  { opened, sides }: Pick<Comparing, 'opened' | 'sides'>,
): Promise<Lost> {
  const known = published.map(({ commit }) => commit);
  const unknown = await opened.branch.notInHistory(opened.commit, known);
  const before = await sides.before.branch.notInHistory(sides.before.head.commit, unknown);
  return { before, after: await sides.after.branch.notInHistory(sides.after.head.commit, before) };
}

async function compared(about: Comparing, lost: Lost): Promise<ReadonlyMap<string, Outlook>> {
  const { models, opened, published, sides } = about;
  const asked = { before: await askedBy('before', about, lost), after: await askedBy('after', about, lost) };
  const heads = [sides.before.head, sides.after.head] as const;
  const others = askOtherwise(opened.environment, heads, [asked.before, asked.after]);
  const reports = await reportsOf(about, others);
  const now = await decisionsOn('after', { about, asked: asked.after, others, reports });
  // What asks for the same is decided the same, before all are taken together.
  const changed = new Map([...asked.before].filter(([model]) => others.has(model)));
  const again = await decisionsOn('before', { about, asked: changed, others, reports });
  const old = new Map([...now, ...again]);
  const [next, otherwise] = [taken(now, about), taken(old, about)];
  const served = new Map(
    await Promise.all(models.map(async (model) => [model, await servedIn(about, { model, others })] as const)),
  );
  return new Map(
    models.map((model) => {
      const current = published.get(model) ?? null;
      const { manifest, reasons } = next.get(model)!;
      const outlook = {
        ...{ published: current, next: manifest ?? current, otherwise: otherwise.get(model)!.manifest ?? current },
        ...{ reasons, asksOtherwise: others.has(model) },
        ...{ lost: lost.after, isReturn: asked.after.get(model)!.isReturn },
        servedFeatures: served.get(model)!,
      };
      const goesOn = now.get(model)!.isAdvance && !movesBy(outlook);
      return [model, goesOn || lost.after.length > 0 ? { ...outlook, reasons: [] } : outlook];
    }),
  );
}

/** Looked up for what a release names, where something else is asked for. */
function servedIn(
  { opened, published, sides }: Comparing,
  { model, others }: { readonly model: string; readonly others: ReadonlySet<string> },
): Promise<ReadonlySet<string>> {
  const { workspace } = sides.after.head;
  const release = workspace.environments.get(opened.environment)?.releases.get(model);
  const named = release === undefined || !others.has(model) ? [] : [release.version, ...alsoNamed(release)];
  const features = named.flatMap((version) => workspace.versions.get(model)?.get(version)?.trainedOn.features ?? []);
  return servedFeatures(opened.store, published.get(model) ?? null, features);
}

/** Of a branch that lacks what is published nothing is taken. */
async function askedBy(
  which: keyof Sides,
  { models, opened, published, sides, wallNowMs }: Comparing,
  lost: Lost,
): Promise<ReadonlyMap<string, Asked>> {
  if (lost[which].length > 0) {
    return new Map(models.map((model) => [model, { unresolved: 'the main branch was rewritten', isReturn: false }]));
  }
  const { environment, store } = opened;
  const { branch, head, soaks } = sides[which];
  const sources = { environment, branch, store, soaks, packages: new PackageStock(store) };
  return askedOf({ head, sources, models, published, wallNowMs });
}

/** What pods and metrics say is read of what is under way and asked otherwise: of the rest it decides the same on both sides. Programs of metrics are run by the reconciler only. */
async function decisionsOn(
  which: keyof Sides,
  {
    about,
    asked,
    others,
    reports,
  }: {
    readonly about: Comparing;
    readonly asked: ReadonlyMap<string, Asked>;
    readonly others: ReadonlySet<string>;
    readonly reports: readonly PodReport[];
  },
): Promise<ReadonlyMap<string, NextDecision>> {
  const { opened, published, repo, sides, wallNowMs } = about;
  const { environment, store } = opened;
  const settings = sides[which].head.workspace.environments.get(environment)?.environment ?? opened.settings;
  const seen = {
    metrics: openMetricReader({ store, prometheus: settings.prometheus ?? null, checkout: null, env: {} }),
    eventNowUs: await eventNowUs(repo, settings, () => wallNowMs),
    commit: sides.after.head.commit,
  };
  const decisions = [...asked].map(async ([model, one]) => {
    const known = { ...seen, reports: others.has(model) ? reports : [], current: published.get(model) ?? null };
    return [model, await nextDecision(model, one, known)] as const;
  });
  return new Map(await Promise.all(decisions));
}

/** Once for both sides. A pass that cannot read them moves nothing on. */
async function reportsOf(
  { opened, published, wallNow }: Comparing,
  others: ReadonlySet<string>,
): Promise<readonly PodReport[]> {
  const underWay = [...published.values()].filter(({ candidate, model }) => candidate !== null && others.has(model));
  if (underWay.length === 0) return [];
  const { environment, settings, store } = opened;
  const models = underWay.map(({ model }) => model);
  const staleMs = staleAfterMs(parseDurationMs(settings.pods.poll));
  return new PodReports(store, wallNow).read({ environment, models, staleMs });
}

function taken(
  decisions: ReadonlyMap<string, NextDecision>,
  { opened, published }: Pick<Comparing, 'opened' | 'published'>,
): ReadonlyMap<string, Decision> {
  const { environment } = opened;
  const all = asPodsTakeThem([...decisions.values()], { environment, published });
  return new Map(all.map(({ decision, model }) => [model, decision]));
}
