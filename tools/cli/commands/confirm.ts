import { confirm } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';
import { changeAnswer, textOption } from './release-options.js';

export const confirmCommand: CommandDefinition = {
  name: 'confirm',
  summary: 'Propose that a rollout may enter a stage that waits for a person',
  example: 'signalbox confirm flight-delay --env prod --stage canary-1 --merge',
  arguments: [{ name: '<model>', description: 'The model' }],
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    {
      flags: '--stage <name>',
      description: 'shadow, canary-1, experiment, blue-green or live (default: the first that waits)',
    },
    { flags: '--merge', description: 'Merge at once, if enough people agreed' },
    {
      flags: '--approve-as <name>',
      description: 'Record an approval by this person (a local forge believes the name)',
    },
  ],
  async run([model = ''], options, { repo, wallNow }) {
    const [stage, approveAs] = [textOption(options, 'stage'), textOption(options, 'approveAs')];
    const merge = options.merge === true;
    const result = await confirm({
      repo,
      model,
      environment: String(options.env),
      merge,
      wallNow,
      ...(stage === undefined ? {} : { stage }),
      ...(approveAs === undefined ? {} : { approveAs }),
    });
    return changeAnswer(result, { merge });
  },
};
