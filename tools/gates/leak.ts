import type { Verdict } from '@signalbox/contracts';
import type { DeclaredTimesEvidence, GateInput, LabelTimes, OverlapEvidence } from './evidence.js';
import { replayVerdict } from './replay.js';
import { count, instant, noData, share } from './words.js';

/** `leak/*`: nothing that is known only later has got into what was trained on. Each looks in a way of its own. */
export function leakGates({ leak, hasChampion }: GateInput): Verdict[] {
  return [
    declaredTimeVerdict(leak?.declared ?? null),
    replayVerdict(leak?.replay ?? null, hasChampion),
    overlapVerdict(leak?.overlap ?? null),
  ];
}

/** By the branch's own declarations alone: no feature may use a column of the label before the label itself is known. */
function declaredTimeVerdict(evidence: DeclaredTimesEvidence | null): Verdict {
  const id = 'leak/declared-time';
  if (evidence === null || evidence.rows === 0) {
    return noData(id, 'It was not looked at when the columns of the label are known.');
  }
  const { labelColumns, pastReaders, pastSources, requestReaders, rows, knownEarly } = evidence;
  const [columns, sources] = [labelColumns.join(', '), pastSources.join(', ')];
  const [reader] = requestReaders;
  if (reader !== undefined) {
    return {
      id,
      verdict: 'fail',
      sentence: `${named(requestReaders)} of the row that is to be predicted: the label is made of ${columns}, which is not known then.`,
      formula: 'no feature reads a column of its own label',
      feature: reader,
      sampleSize: rows,
    };
  }
  const rests = { value: knownEarly, bound: 0, formula: EARLY_FORMULA, sampleSize: rows };
  const [past] = pastReaders;
  if (past === undefined) {
    return { id, verdict: 'pass', sentence: `No feature reads what the label is made of (${columns}).`, ...rests };
  }
  if (knownEarly === 0) {
    const sentence = `${named(pastReaders)} of past events; the source ${sources} declares ${columns} known only after the label's time, in all ${count(rows)} training rows.`;
    return { id, verdict: 'pass', sentence, ...rests };
  }
  return {
    id,
    verdict: 'fail',
    sentence: `${named(pastReaders)}, which the label is made of. The source ${sources} declares it known at the label's own time or before in ${share(knownEarly, rows)} of ${count(rows)} training rows: there would be nothing left to predict, so the declaration cannot be true, and features see events before anybody could.`,
    ...rests,
    feature: past,
    examples: evidence.examples.map(timesInWords),
  };

  function named(features: readonly string[]): string {
    const more = features.length > 1 ? ` and ${count(features.length - 1)} more read` : ' reads';
    return `${features[0]}${more} ${columns}`;
  }
}

const EARLY_FORMULA = 'labels that are declared known at their time or before = 0';

function timesInWords({ labelId, atUs, knownAtUs }: LabelTimes): string {
  const minutes = Math.round((atUs - knownAtUs) / 60_000_000);
  const when = minutes === 0 ? 'at that very time' : `${count(minutes)} minutes before`;
  return `label ${labelId}, to be predicted at ${instant(atUs)}: declared known ${when}`;
}

/** A row that is trained on and evaluated on says how well the model remembers. */
function overlapVerdict(evidence: OverlapEvidence | null): Verdict {
  const id = 'leak/overlap';
  if (evidence === null || evidence.trainingRows === 0 || evidence.evaluationRows === 0) {
    return noData(id, 'Training and evaluation rows were not compared.');
  }
  const { trainingRows, evaluationRows, shared, examples } = evidence;
  const rests = { value: shared, bound: 0, formula: 'labels in both = 0', sampleSize: evaluationRows };
  const said = `of ${count(evaluationRows)} evaluation rows`;
  if (shared === 0) {
    return {
      id,
      verdict: 'pass',
      sentence: `None ${said} is among the ${count(trainingRows)} training rows.`,
      ...rests,
    };
  }
  const sentence = `${count(shared)} ${said} were trained on: the scores tell what the model remembers, not what it predicts.`;
  return { id, verdict: 'fail', sentence, ...rests, examples: examples.map((labelId) => `label ${labelId}`) };
}
