import { formatInstant, type Model, parseDurationUs, parseInstantUs, type VersionRecord } from '@signalbox/contracts';
import type { PullRequest } from '../forge/index.js';
import { type Periods, periodsUntil } from './periods.js';
import { dataUntil, parseRequestBranch, requestBranch, requestKey } from './request-name.js';
import { askingTriggers, type Trigger, type TriggerEvidence } from './triggers.js';

/** Everything that the decision rests on: Git, the store and the clock, as they are now. */
export interface RetrainingState extends Pick<TriggerEvidence, 'verdicts' | 'because'> {
  readonly model: string;
  readonly rules: Pick<Model['retraining'], 'every' | 'on' | 'trainingWindow' | 'evaluationWindow' | 'cooldown'>;
  readonly live: { readonly version: number; readonly record: VersionRecord };
  /** Digest of what judges and triggers. */
  readonly policy: string;
  /** Event time. */
  readonly nowUs: number;
  /** Every pull request of the forge, whatever its state; those of other branches are ignored. */
  readonly pullRequests: readonly Pick<PullRequest, 'number' | 'head' | 'state'>[];
}

export type RetrainingDecision =
  | {
      readonly action: 'propose';
      readonly key: string;
      readonly branch: string;
      readonly periods: Periods;
      readonly triggers: readonly Trigger[];
    }
  | {
      readonly action: 'wait';
      /** `asked`: this very request was made before, and merged or closed. */
      readonly why: 'nothing-asks' | 'open-request' | 'asked' | 'cooldown' | 'nothing-newer';
      readonly sentence: string;
      readonly triggers: readonly Trigger[];
    };

/**
 * Whether to open a request for a new version. Pure over what Git, the store and the clock say now: an event that is lost, doubled or late changes
 * nothing, since none is looked at. One request a model is open at a time; a person's wish skips the cooldown, and nothing else.
 */
export function decideRetraining(state: RetrainingState): RetrainingDecision {
  const { live, model, nowUs, rules } = state;
  const triggers = askingTriggers(rules, { ...state, trainedUntil: live.record.trainedOn.to });
  const wait = (why: Extract<RetrainingDecision, { action: 'wait' }>['why'], sentence: string): RetrainingDecision => {
    return { action: 'wait', why, sentence, triggers };
  };
  if (triggers.length === 0) return wait('nothing-asks', nothingAsks(state));

  const requests = requestsOf(state);
  const open = requests.find((request) => request.state === 'open');
  if (open) return wait('open-request', `Pull request ${open.number} is open: merge or close it first.`);

  const dataUntilUs = dataUntil(nowUs);
  const key = requestKey({ model, dataUntilUs, champion: live.record.package.digest, policy: state.policy });
  const asked = requests.find((request) => request.key === key);
  if (asked) return wait('asked', `Pull request ${asked.number} asked for the same and is ${asked.state}.`);

  const last = requests.reduce((latest, request) => Math.max(latest, request.dataUntilUs), Number.NEGATIVE_INFINITY);
  const restsUntilUs = last + parseDurationUs(rules.cooldown);
  if (nowUs < restsUntilUs && state.because === null) {
    const when = `the last request used data until ${formatInstant(last)}`;
    return wait('cooldown', `${when}, and the next comes ${rules.cooldown} after it at the earliest.`);
  }
  const periods = periodsUntil(rules, dataUntilUs);
  if (parseInstantUs(periods.training.to) <= parseInstantUs(live.record.trainedOn.to)) {
    const trained = `version ${live.version} was trained on data until ${live.record.trainedOn.to}`;
    return wait('nothing-newer', `Training would end at ${periods.training.to}, and ${trained}.`);
  }
  return { action: 'propose', key, branch: requestBranch(model, key), periods, triggers };
}

function requestsOf({ model, pullRequests }: RetrainingState) {
  return pullRequests.flatMap(({ head, number, state }) => {
    const name = parseRequestBranch(head);
    return name?.model === model ? [{ ...name, number, state }] : [];
  });
}

function nothingAsks({ rules }: RetrainingState): string {
  if (rules.on.length === 0) return 'The model declares no trigger under `retraining.on`, and no person asked.';
  return `Nothing asks for it (${rules.on.join(', ')} would).`;
}
