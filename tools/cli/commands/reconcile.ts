import { appendFileSync } from 'node:fs';
import {
  allEnvironments,
  type DaemonEvents,
  describeOutcome,
  describePromotion,
  describeWithdrawal,
  type ModelOutcome,
  openPlace,
  type PassResult,
  type Place,
  type PromotionOutcome,
  type ReconcilerAddress,
  reconcileEach,
  reconcileOnce,
  runDaemons,
  type WithdrawalOutcome,
} from '../../release/index.js';
import { KEYS_VARIABLE, keyLineOf } from '../../trust/index.js';
import type { CommandContext, CommandDefinition, CommandResult } from '../command.js';
import { addSummary, asCodeBlock } from '../github.js';
import { asSignalboxError, formatError } from '../report-error.js';
import { answerOfEach, ENVIRONMENT_OPTIONS, environmentsIn } from './environments.js';
import { refuseBeside } from './release-options.js';

export const reconcileCommand: CommandDefinition = {
  name: 'reconcile',
  summary: 'Publish what the main branch asks for, as far as the evidence allows',
  example: 'signalbox reconcile --env prod --watch',
  options: [
    ...ENVIRONMENT_OPTIONS,
    { flags: '--forge <folder>', description: 'The bare repository with the main branch (default: the remote origin)' },
    { flags: '--watch', description: 'Keep running, at the poll interval of the environment' },
    { flags: '--events <file>', description: 'With --watch: append every change as a line of JSON' },
  ],
  async run(_args, options, context) {
    const { repo, wallNow } = context;
    if (options.watch !== true) refuseBeside(options, { not: ['events'], because: 'it is for --watch' });
    const forge = typeof options.forge === 'string' ? { forge: options.forge } : {};
    const place = await openPlace({ repo, wallNow, ...forge });
    const environments = await environmentsIn(options, () => allEnvironments(place));
    const addresses = environments.map((environment): ReconcilerAddress => {
      const keyLine = keyLineOf(context.env[KEYS_VARIABLE], environment);
      return { repo, environment, wallNow, env: context.env, ...forge, ...(keyLine === null ? {} : { keyLine }) };
    });
    if (options.watch !== true) return once(place, addresses, context);
    const eventsOf = (environment: string) => tell(environment, options.events, context);
    await runDaemons({ place, addresses, signal: context.signal, random: Math.random, eventsOf });
    // The frame tells people that a signal stopped the verb.
    return { text: '', json: { stopped: true } };
  },
};

/** One environment answers or fails as a whole; of several, each has its own answer. */
async function once(
  place: Place,
  addresses: readonly ReconcilerAddress[],
  { env }: CommandContext,
): Promise<CommandResult> {
  const [first, ...others] = addresses;
  const result =
    first !== undefined && others.length === 0
      ? answer(first.environment, await reconcileOnce(place, first))
      : answerOfEach(await reconcileEach(place, addresses), { answer, between: '\n' });
  await addSummary(env, asCodeBlock(`Release of ${addresses.map((one) => one.environment).join(', ')}`, result.text));
  return result;
}

function answer(environment: string, result: PassResult): CommandResult {
  const { commit, heldUp, models, promotions, signed, withdrawals } = result;
  const lines = [
    ...heldUp.map((reason) => `${environment}: nothing starts or moves on: ${reason}`),
    ...models.map((outcome) => describeOutcome(environment, outcome)),
    ...withdrawals.map(describeWithdrawal),
    ...promotions.map(describePromotion),
  ];
  const none = `${environment} has no release yet: \`signalbox promote <model> --version <n> --env ${environment}\` makes one`;
  return {
    text: lines.length === 0 ? none : lines.join('\n'),
    json: { environment, commit, signed, heldUp, models, withdrawals, promotions },
  };
}

function tell(
  environment: string,
  events: string | boolean | undefined,
  { say, wallNow }: CommandContext,
): DaemonEvents {
  const now = (): string => new Date(wallNow()).toISOString();
  const record = (event: object): void => {
    if (typeof events !== 'string') return;
    // At once and in order: a line or two a minute, and a reader follows them.
    appendFileSync(events, `${JSON.stringify({ at: now(), environment, ...event })}\n`);
  };
  return {
    onOutcome: (outcome: ModelOutcome, { commit }: PassResult) => {
      say(`${now()} ${describeOutcome(environment, outcome)}`);
      record({ event: 'outcome', commit, ...outcome });
    },
    onWithdrawal: (outcome: WithdrawalOutcome) => {
      say(`${now()} ${describeWithdrawal(outcome)}`);
      record({ event: 'withdrawal', ...outcome });
    },
    onPromotion: (outcome: PromotionOutcome) => {
      say(`${now()} ${describePromotion(outcome)}`);
      record({ event: 'promotion', ...outcome });
    },
    onHeldUp: (reasons: readonly string[]) => {
      const what = reasons.length === 0 ? 'rollouts may move on again' : `nothing moves on: ${reasons.join('; ')}`;
      say(`${now()} ${environment}: ${what}`);
      record({ event: 'held-up', reasons });
    },
    onFailure: (error: unknown) => {
      say(`${now()} ${environment}: ${formatError(asSignalboxError(error), { debug: false }).trimEnd()}`);
      record({ event: 'failure', message: asSignalboxError(error).message });
    },
    onRecovered: () => {
      say(`${now()} ${environment}: passes succeed again`);
      record({ event: 'recovered' });
    },
  };
}
