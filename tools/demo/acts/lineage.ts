import type { FileTrace, PredictionTrace } from '../../lineage/index.js';
import { count } from '../../report/index.js';
import { ENVIRONMENT, type Stage, type Tell } from '../stage.js';

const SOURCE_FILE = 'features/sources/flights.yaml';

export interface Traced {
  readonly trace: PredictionTrace;
  /** The story of the answer, a sentence each. */
  readonly story: readonly string[];
}

/** Act 8: one answer, of a version that is long gone, back to its data, its definitions and whoever approved it; one file forward to everything that it touched. */
export async function lineage({ shell }: Stage, id: string, tell: Tell): Promise<Traced> {
  const trace = (await shell.signalbox('lineage', id, '--env', ENVIRONMENT)) as PredictionTrace;
  const story = [traceSentence(trace)];
  for (const sentence of story) tell(sentence);
  const file = (await shell.signalbox('lineage', SOURCE_FILE, '--env', ENVIRONMENT)) as FileTrace;
  const { dataset = 0, run = 0, snapshot = 0, version = 0 } = file.touched;
  tell(
    `The other way: ${SOURCE_FILE} went into ${snapshot} snapshots, ${dataset} datasets, ${run} runs, ${version} versions and ${count(file.predictions ?? 0)} logged answers.`,
  );
  return { trace, story };
}

function traceSentence({ prediction, version, release }: PredictionTrace): string {
  const { record } = version;
  const { trainedOn } = record;
  const request = release?.change.pullRequest ?? null;
  const approval =
    request === null
      ? 'by no pull request'
      : `by pull request ${request.number}, approved by ${request.approvedBy.join(', ')}`;
  return [
    `An answer of act 2, ${prediction.id}, was version ${version.version}'s, by serial ${prediction.serial} on ${prediction.pod}.`,
    `It was released ${approval}; run ${record.run} trained it at commit ${record.commit.slice(0, 12)}`,
    `on ${count(trainedOn.rows)} rows of dataset ${trainedOn.dataset.slice(0, 19)}, from ${trainedOn.from} to ${trainedOn.to}.`,
  ].join(' ');
}
