import type { Workspace } from '@signalbox/contracts';
import { visible } from '../../handover/index.js';
import { aboutOf, END_EMERGENCY_TRAILER, letsCount, type Said, trailersIn } from '../branch/trailers.js';
import type { LiveOutlook } from './outlook.js';

/** A trailer of a commit that is to be merged. */
export interface PlannedTrailer extends Said {
  /** Whether it decides anything, given what else the change does. */
  readonly counts: boolean;
}

/** What the commits of a change say. `changedPaths`: all that merging it changes. */
export async function readPlannedTrailers(
  repository: string,
  change: { readonly base: string; readonly head: string; readonly changedPaths: readonly string[] },
): Promise<readonly PlannedTrailer[]> {
  const said = await trailersIn(repository, `${change.base}..${change.head}`);
  return said.map((one) => ({ ...one, counts: letsCount(one, change.changedPaths) }));
}

export interface TrailerQuestion {
  readonly environment: string;
  readonly model: string;
  readonly after: Workspace;
  /** What is published; null where that could not be read. */
  readonly outlook: LiveOutlook | null;
}

/** Those about one model that count, in sentences. Pure. */
export function trailerSentences(trailers: readonly PlannedTrailer[], question: TrailerQuestion): string[] {
  const { environment, model } = question;
  const own = trailers.filter((one) => {
    const about = aboutOf(one);
    return one.counts && about?.environment === environment && about.model === model;
  });
  return [...new Set(own.map((one) => sentenceOf(one, question)))];
}

function sentenceOf(said: Said, { after, environment, model, outlook }: TrailerQuestion): string {
  const { what } = aboutOf(said)!;
  const published = outlook?.published;
  if (said.key === END_EMERGENCY_TRAILER) {
    if (published) {
      const { emergency } = published.rollout;
      const idle = `A commit says “${said.key}: ${visible(said.value)}”, and that decides nothing here`;
      if (emergency === null) return `${idle}: no emergency of ${model} stands in ${environment}.`;
      if (Number(what) > published.serial) return `${idle}: the emergency stands at serial ${published.serial}.`;
    }
    const still = published && String(published.serial) === what ? '' : `, if it stood at serial ${visible(what)}`;
    return `Merging this ends the emergency of ${model} in ${environment}${still}: Git decides again what runs.`;
  }
  const records = [...(after.versions.get(model) ?? [])];
  const version = records.find(([, record]) => record.package.digest === what)?.[0];
  const name = version === undefined ? `package ${visible(what)}` : `version ${version}`;
  const isRejected = published?.rollout.rejected.some(({ digest }) => digest === what);
  return isRejected
    ? `Merging this promotes ${model} ${name}, which was rejected, again in ${environment}.`
    : `Merging this promotes ${model} ${name} again in ${environment}, if it is rejected there then.`;
}

/** Those that decide nothing: who wrote them meant something. Pure. */
export function idleTrailers(trailers: readonly PlannedTrailer[]): string[] {
  return [...new Set(trailers.filter(({ counts }) => !counts).map(idleSentence))];
}

function idleSentence(said: Said): string {
  const about = aboutOf(said);
  const where =
    about === null
      ? 'it names no environment and model'
      : said.key === END_EMERGENCY_TRAILER
        ? `it counts in a change of releases/${about.environment}/, or of no file at all`
        : `it counts in a change of that version's release file, hold or confirmation, or of no file at all`;
  return `A commit says “${said.key}: ${visible(said.value)}”, and that decides nothing here: ${where}.`;
}

/** The environments and models that trailers which count are about. Pure. */
export function aboutWhich(trailers: readonly PlannedTrailer[]): readonly { environment: string; model: string }[] {
  return trailers.flatMap((one) => (one.counts ? (aboutOf(one) ?? []) : []));
}
