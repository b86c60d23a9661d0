import { join } from 'node:path';
import {
  type Model,
  parseDurationUs,
  type RolloutManifest,
  SignalboxError,
  type VerdictKind,
} from '@signalbox/contracts';
import { fetchPackage, readPackage } from '@signalbox/serving/artifacts';
import { joinOutcomes, readWindows } from '../evidence/index.js';
import { type EnvironmentAddress, eventNowUs, type OpenEnvironment, openEnvironment } from '../release/index.js';
import { readPublished } from '../trust/index.js';
import { type MonitorInput, monitor } from './monitor.js';
import { assertFewWindows, assertOrder, assertPast, usualStartUs } from './period.js';
import type { MonitorReport } from './report.js';
import { type Window, wholeWindows } from './windows.js';

export interface MonitorRequest extends EnvironmentAddress {
  /** Every released model unless given. */
  readonly model?: string;
  /** Event time, epoch microseconds: the windows that are looked at. To the newest event, from eight windows before, unless given. */
  readonly fromUs?: number;
  readonly toUs?: number;
}

/**
 * Looks at what is live in an environment: one report a released model. The rules are the main branch's, what is live is what is published, and the
 * reference is in its package. Needs no key and writes nothing. Errors: those of `openEnvironment`, `input/unknown-reference` for a model that is not
 * released, `input/bad-argument` for a period that is empty, too long or still to come, `trust/unverified`, `store/unavailable`, and what a package that cannot be read throws.
 */
export async function monitorEnvironment(request: MonitorRequest): Promise<readonly MonitorReport[]> {
  assertOrder(request);
  const opened = await openEnvironment(request);
  const { environment, rootBytes, store } = opened;
  const published = await readPublished({ store, environment, rootBytes });
  const manifests = [...(published?.manifests.values() ?? [])].filter(
    ({ model }) => request.model === undefined || model === request.model,
  );
  if (request.model !== undefined && manifests.length === 0) throw notReleased(request.model, environment);
  const { workspace } = await opened.branch.read(opened.commit);
  const newestUs = await eventNowUs(request.repo, opened.settings, request.wallNow);
  const look = (manifest: RolloutManifest) => {
    const rules = workspace.models.get(manifest.model);
    if (rules === undefined) return unseen(manifest, 'error', 'The main branch has no readable model.yaml of it.');
    if (newestUs === null) return unseen(manifest, 'no-data', 'The event log has said nothing yet.');
    return lookAt(request, opened, { manifest, rules, newestUs });
  };
  return Promise.all(manifests.map(look));
}

interface Subject {
  readonly manifest: RolloutManifest;
  readonly rules: Model;
  readonly newestUs: number;
}

async function lookAt(
  { fromUs, repo, toUs: endUs, wallNow }: MonitorRequest,
  { environment, store }: OpenEnvironment,
  { manifest, newestUs, rules }: Subject,
): Promise<MonitorReport> {
  const { model } = manifest;
  const windowUs = parseDurationUs(rules.monitoring.window);
  const toUs = endUs ?? newestUs;
  const period = { fromUs: fromUs ?? usualStartUs(toUs, rules.monitoring), toUs };
  assertPast(period, newestUs);
  assertFewWindows(period, rules.monitoring);
  const live = liveOf(manifest);
  const cacheDir = join(repo, '.signalbox', 'cache');
  const question = { environment, model, fromUs: period.fromUs - windowUs, toUs, wallNowMs: wallNow() };
  const cohort = matureCohort(period, rules.monitoring);
  const [{ profile }, { cells, problems }, found] = await Promise.all([
    fetchPackage(store, live.package, { cacheDir }).then(readPackage),
    readWindows(store, question),
    cohort && joinOutcomes(store, { environment, package: live.package, ...cohort }),
  ]);
  const outcomes = cohort === null || found === null ? null : { ...cohort, join: found };
  const input: MonitorInput = { environment, model, rules, live, profile, cells, problems, outcomes, ...period };
  return monitor(input);
}

/** The whole windows whose outcomes are taken to be in; null when there is none yet. */
function matureCohort({ fromUs, toUs }: Window, { labelMaturity, window }: Model['monitoring']): Window | null {
  const windows = wholeWindows({ fromUs, toUs: toUs - parseDurationUs(labelMaturity) }, parseDurationUs(window));
  const [first, last] = [windows[0], windows.at(-1)];
  return first === undefined || last === undefined ? null : { fromUs: first.fromUs, toUs: last.toUs };
}

function liveOf({ champion, packages }: RolloutManifest): { readonly version: number; readonly package: string } {
  const { digest } = packages.find(({ version }) => version === champion)!;
  return { version: champion, package: digest };
}

function unseen(manifest: RolloutManifest, verdict: VerdictKind, sentence: string): MonitorReport {
  const { environment, model } = manifest;
  const nothing = { windows: [], signals: [], quality: null, problems: [], fromUs: 0, toUs: 0 };
  return {
    environment,
    model,
    live: liveOf(manifest),
    ...nothing,
    verdicts: [{ id: 'drift/score', verdict, sentence }],
  };
}

function notReleased(model: string, environment: string): SignalboxError {
  return new SignalboxError(
    'input/unknown-reference',
    `nothing of the model "${model}" is published in ${environment}`,
    {
      hint: `\`signalbox status --env ${environment}\` says what is.`,
    },
  );
}
