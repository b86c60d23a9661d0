import type { Workspace } from '@signalbox/contracts';
import { type CostEstimate, costSentences, estimateCost } from './cost.js';
import { environmentSentences } from './environment.js';
import { lapseNotes } from './lapses.js';
import { liveOutlook, movesBy, type NextPass } from './outlook.js';
import { aboutWhich, idleTrailers, type PlannedTrailer, trailerSentences } from './planned-trailers.js';
import { type PlanQuestion, releaseIn, releaseSentences } from './release.js';
import { ruleSentences } from './rules.js';
import { summaryOf } from './summary.js';
import { botNotes, newlyDue, versionNotes } from './versions.js';
import { wayBack } from './way-back.js';

export { rollbackBoundMs } from './way-back.js';

/** What merging a change does to the traffic of one model in one environment, and how to take it back. */
export interface PlannedChange {
  readonly environment: string;
  /** Null for a change of the environment itself. */
  readonly model: string | null;
  readonly sentences: readonly string[];
  /** What the version that is asked for costs; null where no other version is asked for, or nothing is known of it. */
  readonly cost: CostEstimate | null;
  readonly wayBack: string | null;
}

export interface Plan {
  /** What it comes to, as far as that can be told: whether the next pass publishes something else, or why nobody can say. */
  readonly summary: readonly string[];
  readonly changes: readonly PlannedChange[];
  /** What else is added and moves no traffic by itself. */
  readonly notes: readonly string[];
  /** The branch lacks what is published: nothing comes of this, nor of anything else, before it is restored. */
  readonly stopped: boolean;
}

/** What else is known: of what runs now, told only where it could be read, and of what the commits say. */
export interface Live {
  readonly trailers?: readonly PlannedTrailer[];
  readonly rates?: LiveRates;
  /** Absent: nobody looked. */
  readonly nextPass?: NextPass;
}

/** Requests an hour, by `<environment>/<model>`. */
export type LiveRates = ReadonlyMap<string, number>;

/**
 * Pure: two sets of documents in, sentences out. What becomes of what is published is what the next pass makes of it, where that could be read; the rest is
 * what Git says.
 */
export function planChange(
  before: Workspace,
  after: Workspace,
  { nextPass = nobodyLooked(before), rates = new Map(), trailers = [] }: Live = {},
): Plan {
  const { outlooks } = nextPass;
  const moved = [...outlooks].flatMap(([name, outlook]) => (movesBy(outlook) ? [aboutOf(name)] : []));
  const said = [...aboutWhich(trailers), ...moved];
  const named = said.map(({ environment }) => environment);
  const environments = [...new Set([...before.environments.keys(), ...after.environments.keys(), ...named])].sort();
  const changes = environments.flatMap((environment) => [
    ...environmentChange(environment, before, after),
    ...modelsIn(environment, [before, after], said).flatMap((model) =>
      modelChange(
        { environment, model, before, after, ...outlookOf(nextPass, `${environment}/${model}`) },
        { rates, trailers },
      ),
    ),
  ]);
  const rules = ruleSentences(before, after);
  const isQuiet = changes.length === 0 && rules.length === 0 && newlyDue(before, after).length === 0;
  const released = [...versionNotes(before, after), ...lapseNotes(before, after)];
  const notes = [...idleTrailers(trailers), ...rules, ...botNotes(before, after), ...released];
  const stopped = [...outlooks.values()].some(({ lost }) => lost.length > 0);
  return { summary: summaryOf({ before, after, nextPass, isQuiet }), changes, notes, stopped };
}

const nobodyLooked = ({ environments }: Workspace): NextPass => ({
  outlooks: new Map(),
  unread: new Map([...environments.keys()].map((name) => [name, 'it was not looked at'])),
});

function aboutOf(name: string): { readonly environment: string; readonly model: string } {
  const [environment = '', model = ''] = name.split('/');
  return { environment, model };
}

function outlookOf({ outlooks }: NextPass, name: string): Pick<PlanQuestion, 'first' | 'outlook'> {
  const found = outlooks.get(name) ?? null;
  const outlook = liveOutlook(found);
  return { outlook, first: found?.published === null ? found : null };
}

function environmentChange(environment: string, before: Workspace, after: Workspace): readonly PlannedChange[] {
  const sentences = environmentSentences(environment, before, after);
  return sentences.length === 0 ? [] : [{ environment, model: null, sentences, cost: null, wayBack: null }];
}

/** Every model that a document of the environment, or a commit that is about it, speaks of. */
function modelsIn(
  environment: string,
  workspaces: readonly Workspace[],
  said: readonly { readonly environment: string; readonly model: string }[],
): readonly string[] {
  const settings = workspaces.flatMap((one) => one.environments.get(environment) ?? []);
  const names = settings.flatMap(({ holds, releases }) => [
    ...releases.keys(),
    ...[...holds.values()].map((hold) => hold.model),
  ]);
  const named = said.flatMap((one) => (one.environment === environment ? [one.model] : []));
  return [...new Set([...names, ...named])].sort();
}

function modelChange(
  question: PlanQuestion,
  { rates, trailers }: Required<Pick<Live, 'rates' | 'trailers'>>,
): readonly PlannedChange[] {
  const { environment, model } = question;
  const sentences = [...trailerSentences(trailers, question), ...releaseSentences(question)];
  if (sentences.length === 0) return [];
  return [{ environment, model, sentences, cost: costOf(question, rates), wayBack: wayBack(question) }];
}

function costOf(question: PlanQuestion, rates: LiveRates): CostEstimate | null {
  const { after, environment, model, outlook } = question;
  const [old, release] = [releaseIn(question.before, question), releaseIn(after, question)];
  // What Git asks for may never have come to be live: it costs what is live.
  const live = outlook?.published.champion ?? old?.version ?? null;
  if (release === undefined || old?.version === release.version || live === release.version) return null;
  return estimateCost({
    workspace: after,
    environment,
    model,
    release,
    before: live,
    requestsPerHour: rates.get(`${environment}/${model}`) ?? null,
  });
}

/** For a terminal. */
export function describePlan({ changes, notes, summary }: Plan): string {
  const lines = changes.flatMap(({ cost, environment, model, sentences, wayBack: back }) => [
    model === null ? environment : `${environment}/${model}`,
    ...sentences.map((sentence) => `  ${sentence}`),
    ...(cost === null
      ? []
      : costSentences(cost).map((sentence, at) => (at === 0 ? `  Cost: ${sentence}` : `    ${sentence}`))),
    ...(back === null ? [] : [`  The way back: ${back}`]),
  ]);
  return [...summary, ...lines, ...notes].join('\n');
}
