import { type RunRecord, SignalboxError, type VersionRecord } from '@signalbox/contracts';
import { readRun } from '../../tracking/index.js';
import type { LineageContext } from './context.js';
import { definitionsOf } from './definitions.js';
import type { RunFacts } from './facts.js';

/** The run of a version: the record of the run where the store has it, else what the version's record says of it. */
export async function runOfVersion(context: LineageContext, model: string, version: VersionRecord): Promise<RunFacts> {
  const { commit, run: id, trainedOn } = version;
  const { codeTree, dataset, features } = trainedOn;
  const record = await runIfThere(context, model, id);
  return withDefinitions(context, { id, model, commit, dataset, features, codeTree, record });
}

/** The same of a run that may have become no version. */
export async function runFacts(context: LineageContext, record: RunRecord): Promise<RunFacts> {
  const { codeTree, commit, dataset, features, id, model } = record;
  return withDefinitions(context, { id, model, commit, dataset, features, codeTree, record });
}

type WithoutDefinitions = Omit<RunFacts, 'definitions' | 'definitionsDoubt'>;

async function withDefinitions(context: LineageContext, run: WithoutDefinitions): Promise<RunFacts> {
  return { ...run, ...(await definitionsOf(context, run)) };
}

async function runIfThere({ store }: LineageContext, model: string, id: string): Promise<RunRecord | null> {
  try {
    return await readRun(store, model, id);
  } catch (error) {
    if (error instanceof SignalboxError && error.code === 'store/not-found') return null;
    throw error;
  }
}
