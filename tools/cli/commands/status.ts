import { describeStatus, readStatus } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';
import { textOption } from './release-options.js';

export const statusCommand: CommandDefinition = {
  name: 'status',
  summary: 'What is desired, published and applied, and why they differ',
  example: 'signalbox status --env prod',
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--forge <folder>', description: 'The bare repository with the main branch (default: the remote origin)' },
  ],
  async run(_args, options, { repo, wallNow }) {
    const forge = textOption(options, 'forge');
    const environment = String(options.env);
    const status = await readStatus({ repo, environment, wallNow, ...(forge === undefined ? {} : { forge }) });
    return { text: describeStatus(status), json: status };
  },
};
