import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSignalboxError, type Model } from '@signalbox/contracts';
import { type BlobStore, blobKey } from '@signalbox/serving/stores';
import type { GitRepository } from '../../forge/index.js';
import { verdictsLetThrough } from '../../gates/index.js';
import { visible } from '../../handover/index.js';
import type { CommitPlan } from '../../release/index.js';
import type { Judge } from '../champion.js';
import { refuseKnownPackage } from '../refuse-known-package.js';
import { recordFrom, reportFrom } from '../verdict-file.js';
import type { RefusalFile } from '../verdict-form.js';
import { nextVersionNumber, trainedCommit } from '../version-number.js';
import { packageProblem } from './check-package.js';
import { verdictProblem } from './check-verdict.js';
import type { Outcome } from './statement.js';
import { type TakenVerdict, takeRefusal, takeVerdict } from './take-verdict.js';
import { verdictFolders } from './verdict-folders.js';

export interface Surroundings {
  readonly git: GitRepository;
  readonly plan: CommitPlan;
  readonly main: Judge;
  readonly environment: string;
  /** A folder of ours. */
  readonly temporary: string;
  readonly store: BlobStore;
}

/** What came of each model that the commit changes. Every package that holds is in the store afterwards. */
export async function judgedOutcomes(folder: string | null, around: Surroundings): Promise<Outcome[]> {
  const taken = folder === null ? [] : await takeAll(folder, around);
  const verdicts = taken.flatMap((one) => ('verdict' in one ? [one] : []));
  const refusals = taken.flatMap((one) => ('refusal' in one ? [one.refusal] : []));
  const models = new Set([...around.plan.candidates, ...verdicts.map(({ verdict }) => verdict.model)]);
  const outcomes: Outcome[] = [];
  for (const model of models) {
    const found = verdicts.filter(({ verdict }) => verdict.model === model);
    const refusal = refusals.find((one) => one.model === model);
    if (found.length === 0 && refusal !== undefined) outcomes.push(notJudged(refusal));
    else outcomes.push(await outcomeOf(model, found, around));
  }
  return [...outcomes, ...taken.flatMap((one) => ('problem' in one ? [untrustedFolder(one.problem)] : []))];
}

type Taken = TakenVerdict | { readonly refusal: RefusalFile } | { readonly problem: string };

async function takeAll(folder: string, { temporary }: Surroundings): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  for (const [at, each] of (await verdictFolders(folder)).entries()) {
    const into = join(temporary, `verdict-${at}`);
    await mkdir(into, { mode: 0o700 });
    taken.push(await takeOne(each, into).catch(asProblem));
  }
  return taken;
}

async function takeOne(folder: string, into: string): Promise<Taken> {
  const refusal = await takeRefusal(folder, into);
  return refusal === null ? takeVerdict(folder, into) : { refusal };
}

const notJudged = ({ model, sentence }: RefusalFile): Outcome => ({
  kind: 'untrusted',
  model,
  sentence: `The judge came to no verdict: ${visible(sentence)}.`,
});

/** A hostile folder is told on the pull request; an error of this machine is not theirs. */
function asProblem(error: unknown): { readonly problem: string } {
  const ofTheirs = ['handover/refused', 'serving/bad-package'];
  if (isSignalboxError(error) && ofTheirs.includes(error.code)) return { problem: error.message };
  throw error;
}

const untrustedFolder = (problem: string): Outcome => ({ kind: 'untrusted', model: null, sentence: problem });

async function outcomeOf(model: string, found: readonly TakenVerdict[], around: Surroundings): Promise<Outcome> {
  const [only, ...others] = found;
  if (only === undefined) return { kind: 'missing', model };
  if (others.length > 0) return untrusted(model, 'there are several verdicts about it');
  const { git, main, plan } = around;
  const bounds = {
    model,
    environment: around.environment,
    trainedCommit: await trainedCommit(git, plan.head),
    workspace: plan.after,
    isOutdated: plan.outdated.includes(model),
    main,
  };
  const problem =
    verdictProblem(only.verdict, bounds) ?? packageProblem(only, plan.after) ?? knownPackage(only, around);
  if (problem !== null) return untrusted(model, problem);
  return judged(only, plan.after.models.get(model)!, around);
}

const untrusted = (model: string, problem: string): Outcome => ({
  kind: 'untrusted',
  model,
  sentence: `The verdict is not taken: ${problem}.`,
});

function knownPackage({ verdict }: TakenVerdict, { main }: Surroundings): string | null {
  try {
    refuseKnownPackage(verdict, main.workspace.versions.get(verdict.model));
    return null;
  } catch (error) {
    if (isSignalboxError(error)) return visible(error.message);
    throw error;
  }
}

async function judged(taken: TakenVerdict, definition: Model, { git, main, store }: Surroundings): Promise<Outcome> {
  const { verdict } = taken;
  const version = await nextVersionNumber(git, verdict.model, main.commit);
  const report = reportFrom(verdict, { definition, main: main.workspace, version });
  const { model } = verdict;
  if (!verdictsLetThrough(verdict.verdicts)) return { kind: 'refused', model, version, report };
  await keepPackage(store, taken);
  return { kind: 'recorded', model, version, report, record: recordFrom(verdict, definition) };
}

/** The bytes that were hashed are the bytes that are kept. */
async function keepPackage(store: BlobStore, { blobs }: TakenVerdict): Promise<void> {
  for (const [digest, { path }] of blobs) {
    try {
      await store.writeFile(blobKey(digest), path, { ifAbsent: true });
    } catch (error) {
      if (!(isSignalboxError(error) && error.code === 'store/conflict')) throw error;
    }
  }
}
