import { parseDurationMs, type RolloutManifest, timestampValidityMs } from '@signalbox/contracts';
import { PodReports, staleAfterMs } from '../../evidence/index.js';
import { keysDir, loadKeys, readPublished } from '../../trust/index.js';
import type { MetricReadings } from '../analysis/index.js';
import { gitOf } from '../bots/git.js';
import { MAIN_BRANCH } from '../branch/main-branch.js';
import { rewrittenHead } from '../branch/rewritten.js';
import { backgroundOf } from '../desired/background.js';
import { type Head, modelsOf, resolveDesired } from '../desired/desired.js';
import { PackageStock } from '../desired/package-stock.js';
import { SoakReader } from '../desired/soak.js';
import { EMPTY_STORE, isEmptyStore } from '../empty-store.js';
import { eventNowUs } from '../event-clock.js';
import { metricsQuestion, openMetricReader } from '../metrics/index.js';
import { wordsOf } from '../pass/as-held.js';
import {
  type EnvironmentAddress,
  type OpenEnvironment,
  openEnvironment,
  type Place,
} from '../pass/open-environment.js';
import type { Background } from '../waits/index.js';
import { takenBackOf, type WithdrawalOutcome, Withdrawals } from '../withdrawal/index.js';
import { signingNotes } from './signing.js';
import { type EnvironmentStatus, type StatusInput, statusOf, statusWithoutHead } from './status.js';
import { environmentAsFetched, openPlaceToLook, type PlaceWithoutForge } from './without-forge.js';

/**
 * Reads all three sides; where the forge is gone, the two that the store has. Needs no key. Errors: those of `openPlaceToLook` and `openEnvironment`,
 * `trust/unverified`, `store/unavailable`.
 */
export async function readStatus(
  address: EnvironmentAddress,
  place?: Place | PlaceWithoutForge,
): Promise<EnvironmentStatus> {
  const from = place ?? (await openPlaceToLook(address));
  if ('gone' in from) return readWithoutForge(address, from);
  const opened = await openEnvironment(address, from);
  const { branch, commit, unsynced } = opened;
  const head = await branch.read(commit);
  const sides = await readStore(address, opened);
  const { published, settings, wallNowMs } = sides;
  const rewritten = await rewrittenHead(branch, commit, published.values());
  const problems = new Map<string, readonly string[]>();
  const seen = {
    ...{ ...sides, head, unsynced, problems },
    refused: rewritten && `${rewritten.code}: ${rewritten.message}. ${rewritten.hint}`,
    withdrawals: await withdrawalsOf(opened, address, { head, problems, published }),
    backgrounds: await backgroundsOf(opened, address, { head, problems, published }),
    eventNowUs: await eventNowUs(address.repo, settings, () => wallNowMs),
  };
  return statusOf({ ...seen, readings: await readingsOf(opened, address, seen) });
}

async function readWithoutForge(address: EnvironmentAddress, place: PlaceWithoutForge): Promise<EnvironmentStatus> {
  const { gone } = place;
  const known = await environmentAsFetched(address, place);
  if (known === null) throw gone;
  const why = `what is asked for cannot be read: ${gone.message}. ${gone.hint ?? ''}`.trim();
  return statusWithoutHead(await readStore(address, known), why);
}

/** What is published, and what pods and keys say of it. */
async function readStore(
  { repo, wallNow }: EnvironmentAddress,
  {
    environment,
    rootBytes,
    settings,
    store,
  }: Pick<OpenEnvironment, 'environment' | 'rootBytes' | 'settings' | 'store'>,
) {
  const state = await readPublished({ store, environment, rootBytes });
  const published = state?.manifests ?? new Map<string, RolloutManifest>();
  const underWay = [...published.values()].flatMap(({ candidate, model }) => (candidate === null ? [] : [model]));
  const staleMs = staleAfterMs(parseDurationMs(settings.pods.poll));
  const reports = await new PodReports(store, wallNow).read({ environment, models: underWay, staleMs });
  const wallNowMs = wallNow();
  const keys = await loadKeys({ dir: keysDir(repo), environment }).catch(() => null);
  const asked = { environment, published: state, rootBytes, keys, wallNowMs };
  const signing = signingNotes({ ...asked, timestampValidityMs: timestampValidityMs(settings) });
  const empty = state === null && (await isEmptyStore(store)) ? [EMPTY_STORE] : [];
  return { environment, settings, published, reports, signing: [...empty, ...signing], wallNowMs };
}

interface Sides {
  readonly head: Head;
  readonly published: ReadonlyMap<string, RolloutManifest>;
  /** What cannot be said of a model, by its name. */
  readonly problems: Map<string, readonly string[]>;
}

/** What cannot be read of one model is that model's note: the others are told. */
async function alone(
  problems: Sides['problems'],
  about: { readonly model: string; readonly what: string },
  look: () => Promise<void>,
): Promise<void> {
  const { model, what } = about;
  try {
    await look();
  } catch (error) {
    problems.set(model, [...(problems.get(model) ?? []), `${what} cannot be told: ${wordsOf(error)}`]);
  }
}

async function withdrawalsOf(
  { forge, repository, store }: OpenEnvironment,
  { branch: base = MAIN_BRANCH }: EnvironmentAddress,
  { head, problems, published }: Sides,
): Promise<ReadonlyMap<string, WithdrawalOutcome>> {
  const requests = new Withdrawals({ git: gitOf(repository), forge, base, store });
  const withdrawals = new Map<string, WithdrawalOutcome>();
  for (const [model, manifest] of published) {
    const taken = takenBackOf(manifest, head);
    await alone(problems, { model, what: 'whether a request takes it back' }, async () => {
      const request = taken && (await requests.look(taken));
      if (request) withdrawals.set(model, request);
    });
  }
  return withdrawals;
}

async function backgroundsOf(
  { branch, environment, store }: OpenEnvironment,
  { repo, wallNow }: EnvironmentAddress,
  { head, problems, published }: Sides,
): Promise<ReadonlyMap<string, Background>> {
  const soaks = new SoakReader(branch, repo, wallNow);
  const sources = { environment, branch, store, soaks, packages: new PackageStock(store) };
  const backgrounds = new Map<string, Background>();
  for (const model of modelsOf(head, environment, published.keys())) {
    await alone(problems, { model, what: 'what is asked for' }, async () => {
      backgrounds.set(model, await backgroundOf(sources, { head, model, published }));
    });
  }
  return backgrounds;
}

/** Programs that metrics name are run by the reconciler only: whoever looks need not have what they need. */
async function readingsOf(
  { settings, store }: OpenEnvironment,
  { env = {} }: EnvironmentAddress,
  seen: Omit<StatusInput, 'readings'>,
): Promise<ReadonlyMap<string, MetricReadings>> {
  const { environment, eventNowUs, head, published, wallNowMs } = seen;
  const reader = openMetricReader({ store, prometheus: settings.prometheus ?? null, checkout: null, env });
  const readings = new Map<string, MetricReadings>();
  for (const [model, manifest] of published) {
    const background = seen.backgrounds.get(model);
    if (background === undefined) continue;
    const resolved = resolveDesired(head, { environment, model, published, background, wallNowMs });
    if ('unresolved' in resolved) continue;
    const question = metricsQuestion(resolved.desired, manifest, { commit: head.commit, eventNowUs });
    if (question !== null) readings.set(model, await reader.read(question));
  }
  return readings;
}
