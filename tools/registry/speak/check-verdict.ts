import { isDeepStrictEqual } from 'node:util';
import {
  type BlockingGates,
  blockingGates,
  compileBundle,
  digestOfGates,
  isSignalboxError,
  type Model,
  type Workspace,
} from '@signalbox/contracts';
import { gate } from '../../gates/index.js';
import { visible } from '../../handover/index.js';
import { championOf, type Judge } from '../champion.js';
import { policyOf } from '../judge-candidate.js';
import type { VerdictFile } from '../verdict-form.js';

/** What a verdict is held against: Git as it is now, read by us. */
export interface Bounds {
  readonly model: string;
  readonly environment: string;
  /** The newest commit that what was judged rests on. */
  readonly trainedCommit: string;
  /** The documents as merging makes them. */
  readonly workspace: Workspace;
  /** The main branch changed what the model is made of since, so that merging makes another one than was judged. */
  readonly isOutdated: boolean;
  /** The main branch now. */
  readonly main: Judge;
}

/**
 * Why a verdict does not hold for this commit now, in a sentence, or null. The decision is made again from the evidence: what the verdicts say is only compared.
 * Pure.
 */
export function verdictProblem(verdict: VerdictFile, bounds: Bounds): string | null {
  const definition = bounds.workspace.models.get(bounds.model);
  if (definition === undefined) return `the commit has no readable models/${bounds.model}/model.yaml`;
  if (bounds.isOutdated) return OUTDATED;
  const asked = { ...bounds, definition, gates: blockingGates(policyOf(bounds.main, bounds.environment), definition) };
  return subjectProblem(verdict, bounds) ?? lapse(verdict, asked) ?? forgery(verdict, asked);
}

const OUTDATED =
  'the main branch has changed since what the model is made of, so merging would bring another one than was judged; it has lapsed, so bring the branch up to date (git merge origin/main) and propose again';

/** Whether it speaks of this candidate at all. */
function subjectProblem(verdict: VerdictFile, bounds: Bounds): string | null {
  const { environment, model, trainedCommit } = bounds;
  if (verdict.model !== model || verdict.run.model !== model) return `it is about ${visible(verdict.model)}`;
  if (verdict.environment !== environment) return `it was judged for ${visible(verdict.environment)}`;
  if (verdict.commit !== trainedCommit)
    return `it is about the commit ${verdict.commit.slice(0, 12)}, and ${trainedCommit.slice(0, 12)} is proposed`;
  if (verdict.run.commit !== verdict.commit) return `its run is of the commit ${verdict.run.commit.slice(0, 12)}`;
  return featuresProblem(verdict, bounds);
}

/** The documents are those that merging makes: what the main branch changed may not go together with the commit's. */
function featuresProblem({ run }: VerdictFile, { model, workspace }: Bounds): string | null {
  try {
    const { digest } = compileBundle(workspace, model);
    return run.features === digest ? null : 'it is about other features than the commit defines';
  } catch (error) {
    if (!isSignalboxError(error)) throw error;
    return `its features are wrong as merging makes them: ${error.message}`;
  }
}

/** The bounds with what the gates are asked by. */
interface Asked extends Bounds {
  readonly definition: Model;
  readonly gates: BlockingGates;
}

/** Whether what it was judged by still holds. */
function lapse({ boundTo }: VerdictFile, { environment, gates, main, model }: Asked): string | null {
  const champion = championOf(main, environment, model)?.record.package.digest ?? null;
  if (boundTo.champion !== champion)
    return `${environment} asks for another version than the one it was compared with; it has lapsed`;
  if (boundTo.policy !== digestOfGates(gates)) return 'the policy makes other gates block since; it has lapsed';
  return null;
}

/** Whether the gates say the same of its evidence here. */
function forgery({ boundTo, evidence, run, verdicts }: VerdictFile, { definition, gates }: Asked): string | null {
  const hasChampion = boundTo.champion !== null;
  const again = gate({ model: definition, blockingGates: gates, hasChampion, ...evidence });
  if (!isDeepStrictEqual(plain(again), plain(verdicts)))
    return 'its verdicts are not what the gates say of its evidence';
  const { training } = definition;
  const same = run.seed === training.seed && isDeepStrictEqual(plain(run.parameters), plain(training.parameters));
  return same ? null : 'its run had other parameters than the commit says';
}

/** Without keys that are there and undefined, as JSON has them. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
