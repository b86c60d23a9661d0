import { hold, liftHold, type ReleaseChangeResult } from '../../release/index.js';
import type { CommandContext, CommandDefinition } from '../command.js';
import { changeAnswer, neededOption, refuseBeside, requiredVersion, textOption } from './release-options.js';

type Options = Parameters<CommandDefinition['run']>[1];

export const holdCommand: CommandDefinition = {
  name: 'hold',
  summary: 'Propose that a version gets no traffic in an environment, or that it is held no longer',
  example: 'signalbox hold flight-delay --version 2 --env prod --reason "scores drift at night"',
  arguments: [{ name: '<model>', description: 'The model' }],
  options: [
    { flags: '--version <n>', description: 'The version to hold', required: true },
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--reason <text>', description: 'Why, for people' },
    { flags: '--lift', description: 'End the hold on this version instead' },
    { flags: '--merge', description: 'Merge at once: stopping needs no approval, lifting as many as a promotion' },
    { flags: '--approve-as <name>', description: 'With --lift: record an approval by this person' },
  ],
  async run([model = ''], options, context) {
    const result = await (options.lift === true ? end(model, options, context) : begin(model, options, context));
    return changeAnswer(result, { merge: options.merge === true });
  },
};

function begin(model: string, options: Options, { repo, wallNow }: CommandContext): Promise<ReleaseChangeResult> {
  refuseBeside(options, { not: ['approve-as'], because: 'a hold needs no approval; it is for --lift' });
  const reason = neededOption(options, 'reason', 'for example --reason "scores drift at night"');
  return hold({ ...addressOf(model, options), repo, wallNow, reason });
}

function end(model: string, options: Options, { repo, wallNow }: CommandContext): Promise<ReleaseChangeResult> {
  refuseBeside(options, { not: ['reason'], because: '--lift ends a hold, and takes no reason' });
  const approveAs = textOption(options, 'approveAs');
  const by = approveAs === undefined ? {} : { approveAs };
  return liftHold({ ...addressOf(model, options), repo, wallNow, ...by });
}

const addressOf = (model: string, options: Options) => ({
  ...{ model, environment: String(options.env), version: requiredVersion(options, 'version') },
  merge: options.merge === true,
});
