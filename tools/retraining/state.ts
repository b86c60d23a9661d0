import {
  blockingGates,
  digestJson,
  digestOfGates,
  type Model,
  type Policy,
  SignalboxError,
} from '@signalbox/contracts';
import { type Forge, GitRepository, openForge } from '../forge/index.js';
import { monitorEnvironment } from '../monitoring/index.js';
import { type EnvironmentAddress, eventNowUs, openEnvironment } from '../release/index.js';
import { decideRetraining, type RetrainingDecision, type RetrainingState } from './decide.js';

export interface RetrainingQuestion extends Pick<EnvironmentAddress, 'repo' | 'environment' | 'wallNow'> {
  readonly model: string;
  /** A person's reason to ask; null when nobody does. */
  readonly because: string | null;
}

export interface RetrainingSurroundings {
  readonly state: RetrainingState;
  readonly forge: Forge;
  /** Paths that a clone may lack, because Git need not have them: the store and the data of the sources. */
  readonly ignored: readonly string[];
}

/** Decides anew from what is there now. Changes nothing. Errors: as `readRetrainingState`. */
export async function decideRetrainingNow(question: RetrainingQuestion): Promise<RetrainingDecision> {
  return decideRetraining((await readRetrainingState(question)).state);
}

/**
 * Git, the store and the clock as they are now. Errors: `input/unknown-reference` for a model that is not released or a version without a readable record,
 * `input/bad-data` while a replay has said nothing, and those of `monitorEnvironment`.
 */
export async function readRetrainingState(question: RetrainingQuestion): Promise<RetrainingSurroundings> {
  const { because, environment, model, repo, wallNow } = question;
  const forge = await openForge(await GitRepository.open(repo), wallNow);
  const opened = await openEnvironment({ repo, environment, wallNow });
  const { workspace } = await opened.branch.read(opened.commit);
  const [report] = await monitorEnvironment({ repo, environment, wallNow, model });
  const nowUs = await eventNowUs(repo, opened.settings, wallNow);
  const rules = workspace.models.get(model);
  const version = report!.live.version;
  const record = workspace.versions.get(model)?.get(version);
  if (rules === undefined) throw unreadable(`models/${model}/model.yaml`);
  if (record === undefined) throw unreadable(`models/${model}/versions/${version}.yaml`);
  if (nowUs === null)
    throw new SignalboxError('input/bad-data', `the event log of ${environment} has said nothing yet`);
  const state: RetrainingState = {
    model,
    rules: rules.retraining,
    live: { version, record },
    policy: rulesDigest(workspace.policies.get(opened.settings.policy), rules),
    verdicts: report!.verdicts,
    because,
    nowUs,
    pullRequests: await forge.listPullRequests(),
  };
  const data = [...workspace.sources.values()].map((source) => source.data.path);
  return { state, forge, ignored: [opened.settings.stores.artifacts, ...data] };
}

/** Other rules make another request: what was refused under the old ones may be let through by the new. Of a policy those are the gates that block. */
function rulesDigest(policy: Policy | undefined, rules: Model): string {
  const { gates, monitoring, retraining, riskTier } = rules;
  const blocking = digestOfGates(policy === undefined ? null : blockingGates(policy, rules));
  return digestJson({ blocking, gates, monitoring, retraining, riskTier });
}

function unreadable(path: string): SignalboxError {
  return new SignalboxError('input/unknown-reference', `the main branch has no readable ${path}`, {
    hint: 'Run `signalbox validate` on the main branch and mend what it finds.',
  });
}
