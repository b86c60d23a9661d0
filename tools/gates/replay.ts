import type { Verdict } from '@signalbox/contracts';
import type { FeatureDifference, ReplayEvidence } from './evidence.js';
import { count, figure, instant, noData } from './words.js';

/** Rows that a verdict shows. */
const EXAMPLES = 5;

/**
 * `leak/replay`: what was trained on is what was known. Arrivals are the main branch's, never the branch's own declaration. Where the branch declares
 * every event later than the main branch does, its features saw less than they could have: that is no leak, and only a warning.
 */
export function replayVerdict(evidence: ReplayEvidence | null): Verdict {
  const id = 'leak/replay';
  if (evidence === null) return noData(id, 'No training row was recomputed.');
  const { pastFeatures, newSources, rows, checked, differences } = evidence;
  if (pastFeatures === 0) return { id, verdict: 'pass', sentence: 'No feature reads past events.' };
  if (newSources.length > 0 && differences.length === 0) return bootstrap(id, newSources);
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

function bootstrap(id: string, sources: readonly string[]): Verdict {
  const sentence = `The main branch has no source ${sources.join(', ')} yet, so there are no arrivals but the branch's own declaration to compare with.`;
  return { id, verdict: 'bootstrap', sentence };
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
