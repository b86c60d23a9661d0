import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunRecord, SignalboxError } from '@signalbox/contracts';
import { blobKey } from '@signalbox/serving/stores';
import { parseStrictJson, refused, type TakenFile, takeFiles, visible, visibleLines } from '../handover/index.js';
import { readLog } from '../tracking/index.js';
import { MAX_MODEL_BYTES } from '../training/index.js';
import type { Trained } from './candidate.js';
import type { Pipeline } from './pipeline.js';
import { assertForm, TrainerClaims } from './verdict-form.js';

/** Of a longer log only the end is handed over: it is for people, and the whole one lies beside the run. */
const MAX_LOG_BYTES = 1024 * 1024;

const FILES = {
  'model.onnx': { maxBytes: MAX_MODEL_BYTES },
  'run.json': { maxBytes: 1024 * 1024 },
  'trainer.log': { maxBytes: MAX_LOG_BYTES, optional: true },
} as const;

/** What the train job left, in a folder of ours: a model that may be anything, and claims that decide nothing. */
export interface Handover {
  readonly model: TakenFile;
  readonly claims: TrainerClaims;
  /** The last lines of the trainer's log, safe to show. */
  readonly log: readonly string[];
}

/** Writes what was trained for a job that will believe none of it. Errors: `input/bad-argument` where the folder is not empty. */
export async function writeHandover({ store }: Pipeline, { run, commit }: Trained, folder: string): Promise<void> {
  await makeEmptyFolder(folder);
  await copyFile(await store.localPath(blobKey(run.onnx.digest)), join(folder, 'model.onnx'));
  // The same inputs may have been trained at an older commit; it is handed over as what this one would give.
  await writeFile(join(folder, 'run.json'), `${JSON.stringify({ ...run, commit }, null, 2)}\n`);
  const log = Buffer.from(await readLog(store, run));
  await writeFile(join(folder, 'trainer.log'), log.subarray(Math.max(0, log.length - MAX_LOG_BYTES)));
}

/** Takes a handover into `into`, a folder of ours. Errors: `handover/refused`. */
export async function takeHandover(folder: string, into: string): Promise<Handover> {
  const files = await takeFiles({ folder, into, expected: FILES });
  const bytes = await readFile(files.get('run.json')!.path);
  const run = parseStrictJson(bytes, { name: 'run.json', maxBytes: FILES['run.json'].maxBytes, maxDepth: 4 });
  const log = files.get('trainer.log');
  return {
    model: files.get('model.onnx')!,
    claims: assertForm(TrainerClaims, run, 'run.json'),
    log: log === undefined ? [] : visibleLines(await readFile(log.path, 'utf8'), SHOWN_LOG),
  };
}

const SHOWN_LOG = { lines: 20, characters: 200 };

/** A handover of another commit is a mistake of the workflow: what it holds would be judged as this commit's. */
export function assertSameCandidate(
  { model, commit }: Pick<RunRecord, 'model' | 'commit'>,
  { claims }: Handover,
): void {
  if (claims.model !== model) throw refused(`it is a model of ${visible(claims.model)}, not of ${model}`, TRAIN_AGAIN);
  if (claims.commit === commit) return;
  throw refused(`it was trained at ${claims.commit.slice(0, 12)}, and ${commit.slice(0, 12)} is judged`, TRAIN_AGAIN);
}

const TRAIN_AGAIN = 'Train the commit that is to be judged: signalbox train <model> --handover <folder>.';

export async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === 0) return;
  throw new SignalboxError('input/bad-argument', `the folder ${folder} is not empty`, {
    hint: 'Name a new folder: what lies there from before would be handed over too.',
  });
}
