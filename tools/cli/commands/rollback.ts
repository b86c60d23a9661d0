import { rollback } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';
import { changeAnswer, textOption, versionOption } from './release-options.js';

export const rollbackCommand: CommandDefinition = {
  name: 'rollback',
  summary: 'Propose that an environment runs again what it ran before',
  example: 'signalbox rollback flight-delay --env prod --merge',
  arguments: [{ name: '<model>', description: 'The model' }],
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--to <n>', description: 'A version that was asked for there (default: what was live before)' },
    {
      flags: '--merge',
      description:
        'Merge at once, if as many people agreed as the policy asks: for going back (none unless it says), or for a promotion of what was left',
    },
    {
      flags: '--approve-as <name>',
      description: 'Record an approval by this person (a local forge believes the name)',
    },
  ],
  async run([model = ''], options, { repo, wallNow }) {
    const [to, approveAs] = [versionOption(options, 'to'), textOption(options, 'approveAs')];
    const merge = options.merge === true;
    const environment = String(options.env);
    const result = await rollback({
      ...{ repo, model, environment, merge, wallNow },
      ...(to === undefined ? {} : { to }),
      ...(approveAs === undefined ? {} : { approveAs }),
    });
    return changeAnswer(result, { merge });
  },
};
