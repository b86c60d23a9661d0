import { appendFileSync } from 'node:fs';
import {
  describeOutcome,
  describePromotion,
  describeWithdrawal,
  type ModelOutcome,
  openReconciler,
  type PassResult,
  type PromotionOutcome,
  runDaemon,
  runPass,
  type WithdrawalOutcome,
} from '../../release/index.js';
import { KEYS_VARIABLE } from '../../trust/index.js';
import type { CommandContext, CommandDefinition, CommandResult } from '../command.js';
import { addSummary, asCodeBlock } from '../github.js';
import { asSignalboxError, formatError } from '../report-error.js';

export const reconcileCommand: CommandDefinition = {
  name: 'reconcile',
  summary: 'Publish what the main branch asks for, as far as the evidence allows',
  example: 'signalbox reconcile --env prod --watch',
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--forge <folder>', description: 'The bare repository with the main branch (default: the remote origin)' },
    { flags: '--watch', description: 'Keep running, at the poll interval of the environment' },
    { flags: '--events <file>', description: 'With --watch: append every change as a line of JSON' },
  ],
  async run(_args, options, context) {
    const environment = String(options.env);
    const { repo, wallNow } = context;
    const forge = typeof options.forge === 'string' ? { forge: options.forge } : {};
    const keyLine = context.env[KEYS_VARIABLE];
    const keys = keyLine ? { keyLine } : {};
    const { close, tools } = await openReconciler({ repo, environment, wallNow, ...forge, ...keys });
    try {
      if (options.watch !== true) {
        const said = answer(environment, await runPass(tools, null));
        await addSummary(context.env, asCodeBlock(`Release of ${environment}`, said.text));
        return said;
      }
      await runDaemon({
        tools,
        signal: context.signal,
        random: Math.random,
        ...tell(environment, options.events, context),
      });
      // The frame tells people that a signal stopped the verb.
      return { text: '', json: { stopped: true } };
    } finally {
      await close();
    }
  },
};

function answer(environment: string, { commit, models, promotions, signed, withdrawals }: PassResult): CommandResult {
  const lines = [
    ...models.map((outcome) => describeOutcome(environment, outcome)),
    ...withdrawals.map(describeWithdrawal),
    ...promotions.map(describePromotion),
  ];
  const none = `${environment} has no release yet: \`signalbox promote <model> --version <n> --env ${environment}\` makes one`;
  return {
    text: lines.length === 0 ? none : lines.join('\n'),
    json: { environment, commit, signed, models, withdrawals, promotions },
  };
}

function tell(environment: string, events: string | boolean | undefined, { say, wallNow }: CommandContext) {
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
    onFailure: (error: unknown) => {
      say(`${now()} ${formatError(asSignalboxError(error), { debug: false }).trimEnd()}`);
      record({ event: 'failure', message: asSignalboxError(error).message });
    },
    onRecovered: () => {
      say(`${now()} passes succeed again`);
      record({ event: 'recovered' });
    },
  };
}
