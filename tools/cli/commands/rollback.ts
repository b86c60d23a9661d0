import { rollback } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';
import { changeAnswer, versionOption } from './release-options.js';

export const rollbackCommand: CommandDefinition = {
  name: 'rollback',
  summary: 'Propose that an environment runs again what it ran before',
  example: 'signalbox rollback flight-delay --env prod --merge',
  arguments: [{ name: '<model>', description: 'The model' }],
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--to <n>', description: 'A version that ran there (default: the one before)' },
    { flags: '--merge', description: 'Merge at once: going back needs no approval' },
  ],
  async run([model = ''], options, { repo, wallNow }) {
    const to = versionOption(options, 'to');
    const merge = options.merge === true;
    const environment = String(options.env);
    const result = await rollback({ repo, model, environment, merge, wallNow, ...(to === undefined ? {} : { to }) });
    return changeAnswer(result, { merge });
  },
};
