import { freeze, type ReleaseChangeResult, thaw } from '../../release/index.js';
import type { CommandContext, CommandDefinition } from '../command.js';
import { changeAnswer, neededOption, refuseBeside, textOption } from './release-options.js';

type Options = Readonly<Record<string, string | boolean | undefined>>;

export const freezeCommand: CommandDefinition = {
  name: 'freeze',
  summary: 'Propose a time in which no rollout of an environment starts or moves on',
  example: 'signalbox freeze --env prod --until 3d --reason "the busiest days of the year" --merge',
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    {
      flags: '--until <time>',
      description: 'When it ends: a moment, such as 2026-12-01T06:00:00Z, or a duration from its beginning, such as 3d',
    },
    { flags: '--from <time>', description: 'When it begins (default: now)' },
    { flags: '--reason <text>', description: 'Why, for people' },
    { flags: '--models <names>', description: 'Only these models, separated by commas (default: all)' },
    {
      flags: '--name <name>',
      description:
        'The name of its file (default: its first day); one of the same models is extended by a later --until',
    },
    { flags: '--lift <name>', description: 'End this freeze instead of beginning one' },
    { flags: '--merge', description: 'Merge at once: stopping needs no approval, lifting as many as a promotion' },
    { flags: '--approve-as <name>', description: 'With --lift: record an approval by this person' },
  ],
  async run(_args, options, context) {
    const result = await (textOption(options, 'lift') === undefined ? begin(options, context) : end(options, context));
    return changeAnswer(result, { merge: options.merge === true });
  },
};

function begin(options: Options, { repo, wallNow }: CommandContext): Promise<ReleaseChangeResult> {
  refuseBeside(options, { not: ['approve-as'], because: 'a freeze needs no approval; it is for --lift' });
  const [from, name] = [textOption(options, 'from'), textOption(options, 'name')];
  return freeze({
    repo,
    environment: String(options.env),
    until: neededOption(options, 'until', 'a freeze always ends, for example --until 3d'),
    reason: neededOption(options, 'reason', 'for example --reason "stocktaking"'),
    models: (textOption(options, 'models') ?? '').split(',').filter((model) => model !== ''),
    merge: options.merge === true,
    wallNow,
    ...(from === undefined ? {} : { from }),
    ...(name === undefined ? {} : { name }),
  });
}

function end(options: Options, { repo, wallNow }: CommandContext): Promise<ReleaseChangeResult> {
  const because = '--lift ends a freeze now. To extend one, say its --name and a later --until, without --lift';
  refuseBeside(options, { not: ['until', 'from', 'reason', 'models', 'name'], because });
  const approveAs = textOption(options, 'approveAs');
  return thaw({
    repo,
    environment: String(options.env),
    name: String(options.lift),
    merge: options.merge === true,
    wallNow,
    ...(approveAs === undefined ? {} : { approveAs }),
  });
}
