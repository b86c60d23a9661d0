import type { Verdict } from '@signalbox/contracts';
import type { FeatureDifference, ReplayEvidence } from './evidence.js';
import { count, figure, instant, noData } from './words.js';

/** Rows that a verdict shows. */
const EXAMPLES = 5;

/**
 * `leak/replay`: what was trained on is what was known. Arrivals are the main branch's, never the branch's own declaration. Where the branch declares
 * every event later than the main branch does, its features saw less than they could have: that is no leak, and only a warning.
 */
export function replayVerdict(evidence: ReplayEvidence | null, hasChampion: boolean): Verdict {
  if (evidence === null) return noData(ID, 'No training row was recomputed.');
  const { pastFeatures, newSources } = evidence;
  if (pastFeatures === 0) return { id: ID, verdict: 'pass', sentence: 'No feature reads past events.' };
  const recomputed = recomputedVerdict(evidence);
  if (newSources.length === 0 || recomputed.verdict === 'fail') return recomputed;
  return newSourceVerdict(newSources, hasChampion);
}

const ID = 'leak/replay';

function recomputedVerdict(evidence: ReplayEvidence): Verdict {
  const id = ID;
  const { rows, checked, differences } = evidence;
  if (checked === 0) return noData(id, 'No training row was recomputed.');
  const rests = {
    value: new Set(differences.map(({ labelId }) => labelId)).size,
    bound: 0,
    formula: 'training rows whose recomputed features differ = 0',
    sampleSize: rows,
  };
  const said = `${count(checked)} feature values of ${count(rows)} training rows were recomputed in the order in which the main branch's source says that events arrived`;
  if (differences.length === 0) return equalVerdict(`${said}: all equal`, evidence, { id, ...rests });
  const { feature, rows: worst } = worstFeature(differences);
  const where = `${feature} differs in ${count(worst)} of the rows, and ${count(rests.value)} rows differ in all`;
  const shown = { feature, examples: examplesOf(differences, feature) };
  if (evidence.earlierEvents === 0 && evidence.laterEvents > 0) {
    const sentence = `${said}: ${where}. The branch declares every event known as late as the main branch does or later, so training knew less than it could have; merge the source first, and both agree.`;
    return { id, verdict: 'warn', sentence, ...rests, ...shown };
  }
  return {
    id,
    verdict: 'fail',
    sentence: `${said}: ${where}. It was trained on what was not known then.`,
    ...rests,
    ...shown,
  };
}

/** Only a first version may bring its sources along: from then on a source is merged by itself, where people look at its times. */
function newSourceVerdict(sources: readonly string[], hasChampion: boolean): Verdict {
  const names = sources.join(', ');
  const said = `The main branch has no source of the data of ${names}, so there are no arrivals but the branch's own declaration`;
  if (hasChampion) {
    const sentence = `${said}, and a branch is no witness of its own times. Merge ${names} into the main branch first, in a pull request of its own, and propose again.`;
    return { id: ID, verdict: 'inconclusive', sentence };
  }
  const sentence = `${said}: it was not looked at whether features of ${names} were known in time. This is the first version; its reviewers look at observedAt.`;
  return { id: ID, verdict: 'bootstrap', sentence };
}

function equalVerdict(
  said: string,
  { earlierEvents }: ReplayEvidence,
  rests: Omit<Verdict, 'verdict' | 'sentence'>,
): Verdict {
  if (earlierEvents === 0) return { ...rests, verdict: 'pass', sentence: `${said}.` };
  const sentence = `${said}; yet the branch declares ${count(earlierEvents)} events known earlier than the main branch does.`;
  return { ...rests, verdict: 'warn', sentence };
}

function worstFeature(differences: readonly FeatureDifference[]): { readonly feature: string; readonly rows: number } {
  const rows = new Map<string, number>();
  for (const { feature } of differences) rows.set(feature, (rows.get(feature) ?? 0) + 1);
  const [feature, most] = [...rows].reduce((worst, each) => (each[1] > worst[1] ? each : worst));
  return { feature, rows: most };
}

/** The worst feature's rows, where the gap is widest first. */
function examplesOf(differences: readonly FeatureDifference[], worst: string): string[] {
  const gap = ({ trained, known }: FeatureDifference) => {
    return trained === null || known === null ? Number.POSITIVE_INFINITY : Math.abs(trained - known);
  };
  return differences
    .filter(({ feature }) => feature === worst)
    .sort((a, b) => (gap(a) === gap(b) ? 0 : gap(b) - gap(a)))
    .slice(0, EXAMPLES)
    .map(
      ({ labelId, atUs, trained, known }) =>
        `label ${labelId} at ${instant(atUs)}: trained on ${value(trained)}, known then ${value(known)}`,
    );
}

function value(found: number | null): string {
  return found === null ? 'nothing' : figure(found);
}
