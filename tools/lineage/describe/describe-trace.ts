import type { ChangeFacts, PredictionFacts } from '../facts/facts.js';
import { didWords } from '../nodes/answer-nodes.js';
import { countWords, timeWords } from '../nodes/part.js';
import type { FileTrace } from '../trace-file.js';
import type { PredictionTrace } from '../trace-prediction.js';
import { factWords, treeLines } from './tree.js';

/** Where an answer came from: the short story, the tree, and what is not certain. */
export function describePrediction(trace: PredictionTrace): string {
  const { doubts, environment, graph, prediction, start, version } = trace;
  const { logged, model, pod, serial, wallMs } = prediction;
  const subject = logged === null ? 'By its id, version' : 'Version';
  const lines = [
    `${subject} ${version.version} of ${model} ${didWords(prediction)} on ${pod} at ${timeWords(wallMs)}, under manifest ${serial} of ${environment}.`,
    valuesLine(prediction),
    releaseLine(trace),
    `Trained in ${version.record.run} from ${version.record.commit.slice(0, 12)} on ${version.record.trainedOn.rows.toLocaleString('en')} rows of ${version.record.trainedOn.from} to ${version.record.trainedOn.to}.`,
    '',
    ...treeLines(graph, start, 'causes'),
    '',
    ...certainty(doubts, prediction),
  ];
  return lines.join('\n');
}

function valuesLine({ logged, outcomes }: PredictionFacts): string {
  if (logged === null) return 'Its values were not in the sample of the prediction log; the id alone tells the rest.';
  const request = Object.entries(logged.request).map(([name, value]) => `${name} ${value}`);
  const entities = Object.entries(logged.entities).map(([name, keys]) => `${name} ${keys.join('/')}`);
  const outcome = outcomes.at(-1)?.outcome;
  const came = outcome === undefined ? 'no outcome yet' : `outcome ${outcome}`;
  const score = logged.score === null ? 'No score' : `Score ${Number(logged.score.toPrecision(4))}`;
  return `${score} as ${logged.role} for ${[...entities, ...request].join(', ') || 'no inputs'}; ${came}.`;
}

/** Who let it answer, and who agreed: not the same where a revert or a withdrawal brought an approved version back. */
function releaseLine({ approved, release, version }: PredictionTrace): string {
  const { recorded } = version;
  const record = `recorded by ${recorded === null ? 'no change of the main branch' : changeWords(recorded)}.`;
  if (release === null) return `No release ever asked for this version; ${record}`;
  const before =
    approved === null || approved === release
      ? ''
      : `, which brought back what came by ${changeWords(approved.change)}`;
  return `Released by ${changeWords(release.change)}${before}; ${record}`;
}

function changeWords({ author, commit, pullRequest }: ChangeFacts): string {
  if (pullRequest === null) return `${author} with commit ${commit.slice(0, 12)}, without a pull request`;
  const agreed =
    pullRequest.approvedBy.length === 0 ? 'approved by nobody' : `approved by ${pullRequest.approvedBy.join(', ')}`;
  return `pull request #${pullRequest.number} of ${pullRequest.author} (${agreed})`;
}

/** The steps are one thing, the answer itself another: an id is not signed, and anybody can write one down. */
function certainty(doubts: readonly string[], { logged }: PredictionFacts): readonly string[] {
  const given =
    logged === null
      ? 'the answer itself is known by its id alone, which is not signed.'
      : 'the prediction log has a line of the answer itself.';
  if (doubts.length === 0) return [`Every step was checked against a signature, a digest or Git; ${given}`];
  return ['Not certain:', ...doubts.map((doubt) => `  ${factWords(doubt)}`), `Besides, ${given}`];
}

const KIND_WORDS = {
  snapshot: ['snapshot', 'snapshots'],
  dataset: ['dataset', 'datasets'],
  run: ['run', 'runs'],
  version: ['version', 'versions'],
  release: ['release', 'releases'],
  manifest: ['manifest', 'manifests'],
} as const;

/** What came of a file: how much in a line, then the trees. */
export function describeFile({
  answers,
  environment,
  graph,
  named,
  notes,
  predictions,
  start,
  touched,
}: FileTrace): string {
  const counts = Object.entries(KIND_WORDS).flatMap(([kind, [one, many]]) => {
    const count = touched[kind as keyof typeof KIND_WORDS] ?? 0;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  const answered =
    answers === null || predictions === null
      ? []
      : [`${countWords(answers, 'prediction')} (${predictions.toLocaleString('en')} in the log)`];
  return [
    `${named} touched ${[...counts, ...answered].join(', ') || 'nothing'} in ${environment}.`,
    ...notes.map(factWords),
    ...start.flatMap((id) => ['', ...treeLines(graph, id, 'effects')]),
  ].join('\n');
}
