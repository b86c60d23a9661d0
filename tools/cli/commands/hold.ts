import { hold } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';
import { changeAnswer, requiredVersion } from './release-options.js';

export const holdCommand: CommandDefinition = {
  name: 'hold',
  summary: 'Propose that a version gets no traffic in an environment',
  example: 'signalbox hold flight-delay --version 2 --env prod --reason "scores drift at night"',
  arguments: [{ name: '<model>', description: 'The model' }],
  options: [
    { flags: '--version <n>', description: 'The version to hold', required: true },
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--reason <text>', description: 'Why, for people', required: true },
    { flags: '--merge', description: 'Merge at once: stopping needs no approval' },
  ],
  async run([model = ''], options, { repo, wallNow }) {
    const version = requiredVersion(options, 'version');
    const merge = options.merge === true;
    const reason = String(options.reason);
    const result = await hold({ repo, model, environment: String(options.env), version, reason, merge, wallNow });
    return changeAnswer(result, { merge });
  },
};
