import type { ManifestPackage, RolloutManifest, VersionRecord } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import type { MainBranchHistory } from '../branch/history.js';
import {
  END_EMERGENCY_TRAILER,
  emergencyEnd,
  inVainSentence,
  type MainBranch,
  REPROMOTE_TRAILER,
  repromotion,
} from '../branch/main-branch.js';
import { alsoNamed, type Background, needsSoak, newNamed, type Soak, standing } from '../waits/index.js';
import { asPublished, packageOf } from './as-published.js';
import { emergencySerials, formerOf, standingBefore, wasLiveIn } from './former.js';
import type { Head } from './head.js';
import { holdsOf } from './holds.js';
import { LookUps } from './look-ups.js';
import type { PackageStock } from './package-stock.js';
import type { SoakReader } from './soak.js';

export interface BackgroundSources {
  readonly environment: string;
  readonly branch: Pick<MainBranch, 'saysSince'> & {
    history(head: string): Promise<Omit<MainBranchHistory, 'head'>>;
  };
  readonly soaks: Pick<SoakReader, 'soakOf'>;
  /** Absent: packages are not looked for. */
  readonly packages?: Pick<PackageStock, 'has'>;
  /** Where the decisions are that led to what is published. */
  readonly store: Pick<BlobStore, 'read'>;
}

export interface BackgroundQuestion {
  readonly head: Head;
  readonly model: string;
  readonly published: ReadonlyMap<string, RolloutManifest>;
}

/** Where nothing new is asked for there is nothing to look up: the usual pass costs no call of Git for a model. */
const NOTHING_NEW = { askedBefore: false, otherVersions: [], soak: null } as const;

/** What `resolveDesired` must know beside the documents. Never throws: what cannot be looked up is a reason to wait, and going back needs none of it. */
export async function backgroundOf(sources: BackgroundSources, question: BackgroundQuestion): Promise<Background> {
  const lookUps = new LookUps();
  const head = asPublished(question.head, question.published.get(question.model) ?? null);
  const found = await lookedUp(sources, { ...question, head }, lookUps);
  return { ...found, unread: lookUps.problems };
}

async function lookedUp(
  sources: BackgroundSources,
  question: BackgroundQuestion,
  lookUps: LookUps,
): Promise<Omit<Background, 'unread'>> {
  const { environment } = sources;
  const { head, model, published } = question;
  const current = published.get(model) ?? null;
  const release = head.workspace.environments.get(environment)?.releases.get(model);
  const record = release && head.workspace.versions.get(model)?.get(release.version);
  const rejections = await lookUps.of('what a commit promotes again', NOTHING_SAID, () =>
    rejectionsHeard(sources, current, head),
  );
  const emergency = await lookUps.of('whether a commit ends the emergency', NOTHING_SAID, () =>
    emergencyHeard(sources, current, head.commit),
  );
  const known = {
    wasLive: await lookUps.of('whether what is asked for was live here before', false, async () =>
      release === undefined || record === undefined
        ? false
        : isWayOut(sources, { head, current, named: packageOf(release.version, record) }),
    ),
    repromoted: rejections.heard,
    emergencyEnded: emergency.heard.size > 0,
    saidInVain: [...rejections.inVain, ...emergency.inVain],
    ...(await lookUps.of('what the other versions of the release were before', NOTHING_BESIDE, () =>
      besideOf(sources, question),
    )),
    missingPackages: await missingPackages(sources, question, lookUps),
  };
  if (!record || !isNew({ model, published, record }, known.repromoted)) return { ...known, ...NOTHING_NEW };
  const { reusedFrom, unknownBefore, wasLive } = known;
  const otherwise: Before = { ...NOTHING_NEW, reusedFrom, unknownBefore, wasLive };
  const look = () => beforeOf(sources, { ...question, record, version: release.version, known });
  return { ...known, ...(await lookUps.of(`what version ${release.version} was before`, otherwise, look)) };
}

type Before = Pick<Background, keyof typeof NOTHING_NEW | 'reusedFrom' | 'unknownBefore' | 'wasLive'>;

/** Of the version that is asked for, which is new here. */
async function beforeOf(
  sources: BackgroundSources,
  about: BackgroundQuestion & {
    readonly record: VersionRecord;
    readonly version: number;
    readonly known: Pick<Background, 'reusedFrom' | 'unknownBefore' | 'wasLive'>;
  },
): Promise<Before> {
  const { environment } = sources;
  const { head, known, model, published, record, version } = about;
  const history = await sources.branch.history(head.commit);
  const reused = await firstIfAnother(history, about);
  const before = await standingBefore(sources.store, { ...about, environment, reusedFrom: reused });
  const wasLive = known.wasLive || before.wasLive;
  const unknownBefore = known.unknownBefore ?? before.unknown;
  const own = reused === null || wasLive ? [] : ([[version, reused]] as const);
  const reusedFrom = new Map([...own, ...known.reusedFrom]);
  const askedBefore = await history.askedBefore(environment, model, version);
  const asked = published.has(model) ? [] : await history.versionsAsked(environment, model);
  const others = asked.filter((one) => one !== version);
  const otherVersions = await thatEverWere(history, about, others);
  const soak = wasLive ? null : await soakHere(sources, { head, model, record });
  return { wasLive, unknownBefore, reusedFrom, askedBefore, otherVersions, soak };
}

/** The package that a number named first, where its record names another one now. */
async function firstIfAnother(
  history: Pick<MainBranchHistory, 'packagesOf'>,
  { model, record, version }: { readonly model: string; readonly record: VersionRecord; readonly version: number },
): Promise<string | null> {
  const [first] = await history.packagesOf(model, version);
  return first === undefined || first === record.package.digest ? null : first;
}

/** Without those of which no record ever told a package, as after a slip: they cannot have been live. */
async function thatEverWere(
  history: Pick<MainBranchHistory, 'packagesOf'>,
  { head, model }: Pick<BackgroundQuestion, 'head' | 'model'>,
  versions: readonly number[],
): Promise<readonly number[]> {
  const records = head.workspace.versions.get(model);
  const were: number[] = [];
  for (const version of versions) {
    if (records?.has(version) || (await history.packagesOf(model, version)).length > 0) were.push(version);
  }
  return were;
}

type Beside = Pick<Background, 'besideRanBefore' | 'besideSoaks' | 'reusedFrom' | 'unknownBefore'>;

const NOTHING_BESIDE: Beside = {
  ...{ besideRanBefore: new Set(), besideSoaks: new Map(), reusedFrom: new Map(), unknownBefore: null },
};

/** Of the other versions that the release names and that would be new here: a pass in which none is asks for nothing. */
async function besideOf(sources: BackgroundSources, { head, model, published }: BackgroundQuestion): Promise<Beside> {
  const { branch, environment, store } = sources;
  const reusedFrom = new Map<number, string>();
  const besideRanBefore = new Set<number>();
  const besideSoaks = new Map<number, Soak>();
  let unknownBefore: string | null = null;
  const release = head.workspace.environments.get(environment)?.releases.get(model);
  const record = release && head.workspace.versions.get(model)?.get(release.version);
  if (!release || !record) return NOTHING_BESIDE;
  for (const [version, other] of newNamed({ environment, head, model, published, record, release })) {
    const about = { environment, head, model, published, record: other, version };
    const reused = await firstIfAnother(await branch.history(head.commit), about);
    const before = await standingBefore(store, { ...about, reusedFrom: reused });
    if (before.wasLive) besideRanBefore.add(version);
    else if (reused !== null) reusedFrom.set(version, reused);
    unknownBefore ??= before.unknown;
    const soak = before.wasLive ? null : await soakHere(sources, { head, model, record: other, beside: true });
    if (soak !== null) besideSoaks.set(version, soak);
  }
  return { besideRanBefore, besideSoaks, reusedFrom, unknownBefore };
}

/** Of all that pods would have to load and have not loaded yet: a pass in which nothing is new asks the store for nothing. */
async function missingPackages(
  { environment, packages }: BackgroundSources,
  { head, model, published }: BackgroundQuestion,
  lookUps: LookUps,
): Promise<ReadonlyMap<number, string>> {
  const missing = new Map<number, string>();
  const release = head.workspace.environments.get(environment)?.releases.get(model);
  if (!release || !packages) return missing;
  const known = new Set(published.get(model)?.packages.map(({ digest }) => digest));
  for (const named of [release.version, ...alsoNamed(release)]) {
    const digest = head.workspace.versions.get(model)?.get(named)?.package.digest;
    if (digest === undefined || known.has(digest)) continue;
    const what = `whether the package of version ${named} is in the artifact store of ${environment}`;
    if (!(await lookUps.of(what, true, () => packages.has(digest)))) missing.set(named, digest);
  }
  return missing;
}

/** Neither here already nor kept out by what is published. */
function isNew(
  wanted: {
    readonly model: string;
    readonly published: BackgroundQuestion['published'];
    readonly record: VersionRecord;
  },
  repromoted: ReadonlySet<string>,
): boolean {
  if (!needsSoak(wanted)) return false;
  if (standing(wanted) === 'first') return true;
  const { digest } = wanted.record.package;
  const rejected = wanted.published.get(wanted.model)!.rollout.rejected;
  return repromoted.has(digest) || !rejected.some((one) => one.digest === digest);
}

/** What is live is held, and this package was live here before. */
async function isWayOut(
  { environment, store }: Pick<BackgroundSources, 'environment' | 'store'>,
  about: { readonly head: Head; readonly current: RolloutManifest | null; readonly named: ManifestPackage },
): Promise<boolean> {
  const { current, head, named } = about;
  if (current === null) return false;
  const live = championOf(current);
  if (live === named.digest || !holdsOf(head, environment, current.model).has(live)) return false;
  return wasLiveIn(await formerOf(store, current), named);
}

const championOf = ({ champion, packages }: RolloutManifest): string =>
  packages.find(({ version }) => version === champion)!.digest;

function soakHere(
  { environment, soaks }: BackgroundSources,
  about: Pick<BackgroundQuestion, 'head' | 'model'> & { readonly record: VersionRecord; readonly beside?: boolean },
): Promise<Background['soak']> | null {
  const { beside = false, head, model, record } = about;
  const from = head.workspace.environments.get(environment)!.environment.promotesFrom;
  if (from === undefined) return null;
  return soaks.soakOf({ head, environment: from.environment, model, digest: record.package.digest, beside });
}

/** What commits decide by their messages. */
interface SaidHere {
  /** The digests of rejected packages, or the serials of an emergency. */
  readonly heard: ReadonlySet<string>;
  /** What was said of others and decides nothing, in sentences. */
  readonly inVain: readonly string[];
}

const NOTHING_SAID: SaidHere = { heard: new Set(), inVain: [] };

/**
 * The rejected packages of a manifest that a commit promotes again: one that is newer than their rejection, and than whatever had Git cease to ask for them.
 * What people took back after that needs another.
 */
export async function repromotedOf(
  sources: Pick<BackgroundSources, 'environment' | 'branch'>,
  current: RolloutManifest | null,
  head: Pick<Head, 'commit' | 'workspace'>,
): Promise<ReadonlySet<string>> {
  return (await rejectionsHeard(sources, current, head)).heard;
}

async function rejectionsHeard(
  { branch, environment }: Pick<BackgroundSources, 'environment' | 'branch'>,
  current: RolloutManifest | null,
  head: Pick<Head, 'commit' | 'workspace'>,
): Promise<SaidHere> {
  const heard = new Set<string>();
  const inVain: string[] = [];
  for (const { commit, digest } of current?.rollout.rejected ?? []) {
    const value = repromotion(environment, current!.model, digest);
    const newer = { since: commit, head: head.commit };
    if ((await branch.saysSince(REPROMOTE_TRAILER, value, newer)) === false) continue;
    const left = await leftAt({ branch, environment }, { head, model: current!.model, digest });
    const said = await branch.saysSince(REPROMOTE_TRAILER, value, { ...newer, left });
    if (said === true) heard.add(digest);
    else if (said !== false) inVain.push(inVainSentence(REPROMOTE_TRAILER, value, said));
  }
  return { heard, inVain };
}

async function leftAt(
  { branch, environment }: Pick<BackgroundSources, 'environment' | 'branch'>,
  { digest, head, model }: { readonly head: Pick<Head, 'commit' | 'workspace'>; model: string; digest: string },
): Promise<readonly string[]> {
  const records = [...(head.workspace.versions.get(model) ?? [])];
  const found = records.find(([, record]) => record.package.digest === digest);
  return found ? (await branch.history(head.commit)).leftAt(environment, model, found[0]) : [];
}

/** By any serial at which it stood since it was signed: whatever was told of it meanwhile names one of them. */
async function emergencyHeard(
  { branch, environment, store }: BackgroundSources,
  current: RolloutManifest | null,
  head: string,
): Promise<SaidHere> {
  if (current === null || current.rollout.emergency === null) return NOTHING_SAID;
  const inVain: string[] = [];
  for (const serial of emergencySerials(await formerOf(store, current))) {
    const value = emergencyEnd(environment, current.model, serial);
    const said = await branch.saysSince(END_EMERGENCY_TRAILER, value, { since: current.commit, head });
    if (said === true) return { heard: new Set([String(serial)]), inVain: [] };
    if (said !== false) inVain.push(inVainSentence(END_EMERGENCY_TRAILER, value, said));
  }
  return { heard: new Set(), inVain };
}
